#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's loop, of libclang_rt.fuzzer_no_main: takes its options and corpus folders from the arguments.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));
