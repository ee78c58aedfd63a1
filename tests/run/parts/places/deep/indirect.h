#pragma once
// holds no construct itself
#include "deepest.gh"
int indirect;
