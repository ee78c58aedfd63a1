// The blocking POSIX calls, which in .gc code park the goroutine. LANGUAGE.md 6.
//
//     n = read(fd, buf, size);      extern __typeof__(read) gocc_posix_read;
//                                   …
//                                   n = gocc_posix_read(fd, buf, size);
//
// And errno, which is `(*__errno_location())` with an address that compilers keep across a call
// that moves the goroutine to another thread:
//
//     if (errno == EAGAIN)          if ((*gocc_errno()) == EAGAIN)
//
// Only what means the system's function (sema.h, posix_use): a variable, a member or a function of
// the user's of that name is left alone. The declaration, before the function that uses the name
// first, takes the type from the system's header, so that abi.h needs none of those.
#include "lower.h"

#include <string.h>

static bool is_declared(const struct posix_use *first, const struct posix_use *x)
{
    for (; first != x; first = first->next)
        if (first->source == x->source && strcmp(first->name, x->name) == 0)
            return true;
    return false;
}

void lower_posix_uses(struct lower *l)
{
    for (struct posix_use *x = l->u->posix_uses; x; x = x->next) {
        if (strcmp(x->name, "errno") == 0) {
            replace(l, x->source, x->span.lo, x->span.hi, "(*gocc_errno())");
            continue;
        }
        replace(l, x->source, x->span.lo, x->span.hi, "gocc_posix_%s", x->name);
        if (!is_declared(l->u->posix_uses, x))
            lifted_text(lift_at(l, x->source, x->span.lo, LIFTED_PROTOTYPE),
                        "extern __typeof__(%s) gocc_posix_%s;\n", x->name, x->name);
    }
}
