/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/chart_svg.h"

static const char style[] =
    "*{box-sizing:border-box}\n"
    "html{font:100%/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,"
    "sans-serif;background:var(--c-back);color:var(--c-ink);overflow-wrap:anywhere}\n"
    "body{max-width:68rem;margin:0 auto;padding:1.25rem}\n"
    "h1{font-size:1.7rem;line-height:1.25;margin:.6rem 0}\n"
    "h2{font-size:1.3rem;margin:2.6rem 0 .6rem;border-top:1px solid var(--c-faint);"
    "padding-top:1.1rem}\n"
    "h3{font-size:1.05rem;margin:1.8rem 0 .4rem}\n"
    "p{margin:.5rem 0;max-width:44rem}\n"
    "a{color:var(--c-blue)}\n"
    ":focus-visible{outline:3px solid var(--c-orange);outline-offset:2px}\n"
    ".skip{position:absolute;left:-999rem}\n"
    ".skip:focus{left:1rem;top:1rem;background:var(--c-back);padding:.5rem 1rem;z-index:1}\n"
    ".kicker{color:var(--c-soft);margin:0}\n"
    ".answer{font-size:1.15rem;border-left:.3rem solid var(--c-vermillion);padding-left:1rem}\n"
    ".fine .answer,.answer.fine{border-color:var(--c-green)}\n"
    "nav ul{list-style:none;padding:0;margin:1rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}\n"
    "nav a{display:inline-block;padding:.25rem 0}\n"
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.8rem;"
    "margin:1.2rem 0}\n"
    ".facts div{border:1px solid var(--c-faint);border-radius:.4rem;padding:.6rem .8rem}\n"
    ".facts dt{color:var(--c-soft);font-size:.85rem}\n"
    ".facts dd{margin:0;font-size:1.2rem;font-variant-numeric:tabular-nums}\n"
    ".facts small{display:block;color:var(--c-soft);font-size:.8rem}\n"
    "figure{margin:1.2rem 0 2rem}\n"
    "figcaption{color:var(--c-soft);font-size:.92rem}\n"
    "figcaption p{margin:.35rem 0}\n"
    ".scroll{overflow-x:auto;max-width:100%}\n"
    "svg{display:block;width:100%;height:auto;min-width:40rem;fill:var(--c-ink)}\n"
    "svg.narrow{max-width:48rem;min-width:27rem}\n"
    "svg.bar{display:inline-block;width:11rem;min-width:11rem;vertical-align:middle}\n"
    "svg text{font:24px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}\n"
    "svg text.s{font-size:19px}\nsvg text.t{font-size:15px}\n"
    "table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;"
    "margin:.4rem 0}\n"
    "caption{text-align:left;color:var(--c-soft);padding:.2rem 0;"
    "position:sticky;left:0;max-width:calc(100vw - 2rem)}\n"
    "th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--c-faint);overflow-wrap:normal}\n"
    "tbody th{font-weight:normal}\ntbody th,td{white-space:nowrap}\n"
    "td.n{text-align:right}\n"
    "summary{cursor:pointer;padding:.4rem 0;color:var(--c-blue)}\n"
    "pre{overflow-x:auto;background:var(--c-pale);padding:.8rem;border-radius:.4rem;"
    "font-size:.85rem;line-height:1.4}\n"
    "code{background:var(--c-pale);padding:.1rem .25rem;border-radius:.2rem}\n"
    "pre code{padding:0}\n"
    ".key{display:inline-block;width:1.1em;height:.8em;margin-right:.35em;"
    "border:1px solid var(--c-ink)}\n"
    "ul.keys{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1rem}\n"
    "@media (max-width:30rem){html{font-size:95%}body{padding:.8rem}h1{font-size:1.4rem}"
    "pre{white-space:pre-wrap}}\n"
    "@media print{nav,.skip,summary{display:none}body{max-width:none}"
    "figure,tr{break-inside:avoid}.scroll,pre{overflow:visible;white-space:pre-wrap}"
    "svg{min-width:0}}\n";

void page_html_put_style(struct out *out)
{
    out_str(out, "<style>\n:root{color-scheme:light dark;");
    chart_svg_put_colors(out, false);
    out_str(out, "}\n@media screen and (prefers-color-scheme:dark){:root{");
    chart_svg_put_colors(out, true);
    out_str(out, "}}\n");
    out_str(out, style);
    out_str(out, "</style>\n");
}

void page_html_put_text(struct out *out, const char *text)
{
    chart_svg_put_escaped(out, text);
}

void page_html_put(struct out *out, const char *tag, const char *text)
{
    out_printf(out, "<%s>", tag);
    page_html_put_text(out, text);
    out_printf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

void page_html_put_sentence(struct out *out, const char *text)
{
    const char first[2] = {(char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text), '\0'};
    const size_t length = strlen(text);

    if (length == 0)
        return;
    page_html_put_text(out, first);
    page_html_put_text(out, text + 1);
    if (strchr(".!?", text[length - 1]) == NULL)
        out_char(out, '.');
}

static void put_paragraph(struct out *out, const char *text, size_t length)
{
    out_str(out, "<p>");
    for (size_t i = 0; i < length; i++) {
        const char letter[2] = {text[i], '\0'};

        page_html_put_text(out, letter);
    }
    out_str(out, "</p>\n");
}

void page_html_put_lines(struct out *out, const char *text)
{
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");

        if (length > 0)
            put_paragraph(out, text, length);
        text += length + (text[length] == '\n' ? 1 : 0);
    }
}

void page_html_begin_table(struct out *out, const char *caption, const char *const *columns,
                           uint32_t column_count)
{
    out_str(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    page_html_put_text(out, caption);
    out_str(out, "\">\n<table>\n");
    page_html_put(out, "caption", caption);
    out_str(out, "<thead><tr>");
    for (uint32_t i = 0; i < column_count; i++)
        page_html_put(out, "th scope=\"col\"", columns[i]);
    out_str(out, "</tr></thead>\n<tbody>\n");
}

void page_html_begin_row(struct out *out, const char *head)
{
    out_str(out, "<tr>");
    page_html_put(out, "th scope=\"row\"", head);
}

void page_html_put_cell(struct out *out, const char *text)
{
    page_html_put(out, "td", text);
}

void page_html_put_number(struct out *out, const char *text)
{
    page_html_put(out, "td class=\"n\"", text);
}

void page_html_end_row(struct out *out)
{
    out_str(out, "</tr>\n");
}

void page_html_end_table(struct out *out)
{
    out_str(out, "</tbody>\n</table>\n</div>\n");
}

const char *page_html_count(char buffer[32], uint64_t count)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buffer[used++] = ',';
        buffer[used++] = digits[i];
    }
    buffer[used] = '\0';
    return buffer;
}
