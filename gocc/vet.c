// The subcommand around the rules of check_vet.c.
//
// -json: one array on standard output, with an object for each message:
//   {"file", "line", "column", "endLine", "endColumn", "level", "rule", "message", "notes": […]}
// -sarif: version 2.1.0 of the Static Analysis Results Interchange Format, one run.
// Positions are 1-based; columns count bytes.
#define _GNU_SOURCE
#include "vet.h"

#include "args.h"
#include "compile.h"
#include "diag.h"
#include "emit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum form { FOR_PEOPLE, JSON, SARIF };

static const char *level_name(const struct diag_message *m)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[m->level];
}

// "copy-lock"; "" for an error of the language.
static const char *rule_name(const struct diag_message *m)
{
    return m->flag ? m->flag + strlen("-W") : "";
}

// ---- JSON --------------------------------------------------------------------------------

static json_t *json_message(const struct diag_message *m)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:s}", "file", m->path, "line", m->line,
                     "column", m->column, "endLine", m->end_line, "endColumn", m->end_column,
                     "level", level_name(m), "rule", rule_name(m), "message", m->text);
}

static json_t *json_report(const struct diag_message *m)
{
    json_t *notes = json_array(), *report = json_message(m);
    for (const struct diag_message *note = m->note; note; note = note->note)
        json_array_append_new(notes, json_message(note));
    json_object_set_new(report, "notes", notes);
    return report;
}

// ---- SARIF -------------------------------------------------------------------------------

static json_t *sarif_location(const struct diag_message *m)
{
    json_t *region = json_pack("{s:i, s:i, s:i, s:i}", "startLine", m->line, "startColumn",
                               m->column, "endLine", m->end_line, "endColumn", m->end_column);
    return json_pack("{s:{s:{s:s}, s:o}}", "physicalLocation", "artifactLocation", "uri", m->path,
                     "region", region);
}

static json_t *sarif_report(const struct diag_message *m)
{
    json_t *related = json_array();
    for (const struct diag_message *note = m->note; note; note = note->note) {
        json_t *location = sarif_location(note);
        json_object_set_new(location, "message", json_pack("{s:s}", "text", note->text));
        json_array_append_new(related, location);
    }
    return json_pack("{s:s, s:s, s:{s:s}, s:[o], s:o}", "ruleId", m->flag ? rule_name(m) : "error",
                     "level", level_name(m), "message", "text", m->text, "locations",
                     sarif_location(m), "relatedLocations", related);
}

static json_t *sarif_log(json_t *results)
{
    return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s}}, s:o}]}", "$schema",
                     "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
                     "tool", "driver", "name", "gocc vet", "version", GOCC_VERSION, "results",
                     results);
}

// ---- the command -------------------------------------------------------------------------

struct output {
    enum form form;
    json_t *reports;
};

static void see(void *context, const struct diag_message *m)
{
    struct output *out = context;
    json_array_append_new(out->reports, out->form == JSON ? json_report(m) : sarif_report(m));
}

static int print(const struct output *out)
{
    json_t *all = out->form == SARIF ? sarif_log(out->reports) : out->reports;
    bool ok = json_dumpf(all, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    return ok && fflush(stdout) == 0 ? 0 : 1;
}

// Removes the options that are vet's own.
static int own_options(int argc, char **argv, enum form *form)
{
    int n = 0;
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "-json") == 0)
            *form = JSON;
        else if (strcmp(argv[i], "-sarif") == 0)
            *form = SARIF;
        else if (!vet_file_option(argv[i]))
            argv[n++] = argv[i];
    argv[n] = NULL;
    return n;
}

int vet_main(int argc, char **argv)
{
    struct command_line line;
    struct output out = {FOR_PEOPLE, json_array()};
    int status = 0;
    if (command_line_parse(own_options(argc, argv, &out.form), argv, false, &line) != 0)
        return 2;
    if (line.n_inputs == 0) {
        fprintf(stderr, "gocc: error: gocc vet takes files; see 'gocc help vet'\n");
        return 2;
    }
    struct emit_options options = compile_emit_options(&line, false, NULL);
    for (size_t i = 0; i < line.n_args; i++)
        if (line.args[i].where & ARG_INPUT)
            status |= vet_file(line.args[i].text, &options, out.form ? see : NULL, &out);
    return out.form && print(&out) != 0 ? 1 : status;
}
