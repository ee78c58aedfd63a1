#pragma once

// n goroutines that square what comes, and close the results when nothing more does.
void start_workers(int n, <-chan<int> numbers, chan<int> squares);
