void call_from_plain_c(void (*f)(void));

void call_from_plain_c(void (*f)(void))
{
    f();
}
