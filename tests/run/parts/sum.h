#ifndef SUM_H
#define SUM_H

int sum(const int *v, int n);

#endif
