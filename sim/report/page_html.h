/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pieces of the report's page: text that is escaped, tables that scroll in their own box. The page
 * is HTML that is well-formed XML too.
 */
#ifndef EPSIM_REPORT_PAGE_HTML_H
#define EPSIM_REPORT_PAGE_HTML_H

#include "base/out.h"

/* The style sheet, with the colours of figures for light and dark pages. */
void page_html_put_style(struct out *out);

/* Escaped. */
void page_html_put_text(struct out *out, const char *text);

/* <TAG>text</TAG>, escaped; tag may hold attributes. */
void page_html_put(struct out *out, const char *tag, const char *text);

/* With a capital letter and a full stop. */
void page_html_put_sentence(struct out *out, const char *text);

/* A paragraph for each line. */
void page_html_put_lines(struct out *out, const char *text);

/* "caption" names the table for those who hear it; the first column heads its row. */
void page_html_begin_table(struct out *out, const char *caption, const char *const *columns,
                           uint32_t column_count);
void page_html_begin_row(struct out *out, const char *head);
void page_html_put_cell(struct out *out, const char *text);   /* words */
void page_html_put_number(struct out *out, const char *text); /* to the right */
void page_html_end_row(struct out *out);
void page_html_end_table(struct out *out);

/* 1234567 as "1,234,567". */
const char *page_html_count(char buffer[32], uint64_t count);

#endif
