// libclang, loaded by the first call of clang_createIndex.
#ifndef LIBCLANG_H
#define LIBCLANG_H

// The file that libclang was loaded from; "" before.
const char *libclang_path(void);

#endif
