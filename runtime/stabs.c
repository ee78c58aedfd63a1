// Function and line from stabs, the debug format of tcc 0.9.27 (which has no other; libbacktrace
// reads DWARF). An object file as it is, or an executable linked from such.
//
// A stab is five fields and a text. Those that matter, in the order of the code:
//     N_SO    the folder (ending in /), then the file of a compilation
//     N_SOL   another file from here on (#include, #line)
//     N_FUN   "name:F…", value: address of the function
//     N_SLINE line, value: offset in the function from which on it holds
//     N_RBRAC value: offset at which a block ends; the last one ends the function
// A header, of type 0, gives the size of its part of the texts.
#include "symbol.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

enum { N_HEADER = 0, N_FUN = 0x24, N_SLINE = 0x44, N_SO = 0x64, N_SOL = 0x84, N_RBRAC = 0xe0 };

struct stab {
    uint32_t text;
    uint8_t type, other;
    uint16_t line;
    uint32_t value;
};

struct reader {
    const struct go__stabs *s;
    const struct stab *stabs;
    const char *texts;
    size_t n, texts_size;
    const Elf64_Rela *relocs; // of an object file, in order
    size_t n_relocs, next_reloc;
    const Elf64_Sym *symbols;
    size_t n_symbols;
    uint32_t text_base, text_next; // of the current part of the texts
};

static const Elf64_Shdr *section(const struct go__stabs *s, const char *name)
{
    const Elf64_Ehdr *head = (const void *)s->elf;
    if (s->size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_shoff > s->size ||
        (s->size - head->e_shoff) / sizeof(Elf64_Shdr) < head->e_shnum ||
        head->e_shstrndx >= head->e_shnum)
        return NULL;
    const Elf64_Shdr *all = (const void *)(s->elf + head->e_shoff), *names = all + head->e_shstrndx;
    for (size_t i = 0; i < head->e_shnum; i++) {
        const Elf64_Shdr *h = &all[i];
        if (h->sh_name >= names->sh_size || names->sh_offset + names->sh_size > s->size ||
            h->sh_type == SHT_NOBITS || h->sh_offset > s->size ||
            s->size - h->sh_offset < h->sh_size)
            continue;
        if (strcmp(s->elf + names->sh_offset + h->sh_name, name) == 0)
            return h;
    }
    return NULL;
}

static bool open_stabs(struct reader *r, const struct go__stabs *s)
{
    const Elf64_Shdr *stabs = section(s, ".stab"), *texts = section(s, ".stabstr");
    if (!stabs || !texts)
        return false;
    *r = (struct reader){.s = s, .stabs = (const void *)(s->elf + stabs->sh_offset)};
    r->n = stabs->sh_size / sizeof(struct stab);
    r->texts = s->elf + texts->sh_offset;
    r->texts_size = texts->sh_size;
    const Elf64_Shdr *relocs = section(s, ".rela.stab"), *symbols = section(s, ".symtab");
    if (relocs && symbols) {
        r->relocs = (const void *)(s->elf + relocs->sh_offset);
        r->n_relocs = relocs->sh_size / sizeof(Elf64_Rela);
        r->symbols = (const void *)(s->elf + symbols->sh_offset);
        r->n_symbols = symbols->sh_size / sizeof(Elf64_Sym);
    }
    return r->texts_size > 0 && r->texts[r->texts_size - 1] == '\0';
}

static const char *text_of(const struct reader *r, const struct stab *t)
{
    uint64_t at = (uint64_t)r->text_base + t->text;
    return at < r->texts_size ? r->texts + at : "";
}

// The address of a function: what the field holds, or what is to be put there.
static uintptr_t address_of(struct reader *r, const struct stab *t)
{
    uint64_t at = (uint64_t)((const char *)&t->value - (const char *)r->stabs);
    while (r->next_reloc < r->n_relocs && r->relocs[r->next_reloc].r_offset < at)
        r->next_reloc++;
    uintptr_t value = t->value;
    if (r->next_reloc < r->n_relocs && r->relocs[r->next_reloc].r_offset == at) {
        const Elf64_Rela *rela = &r->relocs[r->next_reloc];
        size_t symbol = ELF64_R_SYM(rela->r_info);
        if (symbol < r->n_symbols)
            value = r->symbols[symbol].st_value + (uintptr_t)rela->r_addend;
    }
    return value + r->s->bias;
}

bool go__stabs_find(const struct go__stabs *s, uintptr_t site, struct go__place *place,
                    struct go__stabs_text *to)
{
    struct reader r;
    if (!open_stabs(&r, s))
        return false;
    const char *dir = "", *file = "", *best_file = NULL;
    bool inside = false, found = false, folder = true;
    uintptr_t start = 0;
    for (size_t i = 0; i < r.n; i++) {
        const struct stab *t = &r.stabs[i];
        const char *text = text_of(&r, t);
        if (t->type == N_HEADER) {
            r.text_base = r.text_next;
            r.text_next += t->value;
        } else if (t->type == N_SO) {
            size_t length = strlen(text);
            folder = length && text[length - 1] == '/';
            *(folder ? &dir : &file) = text;
            inside = false;
        } else if (t->type == N_SOL) {
            file = text;
        } else if (t->type == N_FUN && *text) {
            if (found)
                break;
            start = address_of(&r, t);
            inside = start <= site;
            place->line = 0;
            snprintf(to->name, sizeof(to->name), "%.*s", (int)strcspn(text, ":"), text);
        } else if (t->type == N_SLINE && inside && start + t->value <= site) {
            place->line = t->line;
            best_file = file;
        } else if (t->type == N_RBRAC && inside) {
            found = site < start + t->value;
        }
    }
    if (!found || !place->line)
        return false;
    snprintf(to->path, sizeof(to->path), "%s%s", best_file[0] == '/' ? "" : dir, best_file);
    place->function = to->name;
    place->file = to->path;
    place->offset = site - start;
    return true;
}

uintptr_t go__stabs_function(const struct go__stabs *s, const char *name, size_t *text_size)
{
    const Elf64_Shdr *text = section(s, ".text"), *symbols = section(s, ".symtab"),
                     *names = section(s, ".strtab");
    *text_size = text ? text->sh_size : 0;
    for (size_t i = 0; symbols && names && i < symbols->sh_size / sizeof(Elf64_Sym); i++) {
        const Elf64_Sym *symbol = (const Elf64_Sym *)(s->elf + symbols->sh_offset) + i;
        if (symbol->st_shndx != SHN_UNDEF && symbol->st_name < names->sh_size &&
            strcmp(s->elf + names->sh_offset + symbol->st_name, name) == 0)
            return symbol->st_value;
    }
    return 0;
}
