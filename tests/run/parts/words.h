// A header of the user's that has the words `go` and `len` for itself.
static inline int go(int x)
{
    return x + 1;
}
typedef int len;
