/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows in columns: see grid.h.
 */

#include <sys/types.h>
#include <sys/ioctl.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "grid.h"
#include "say.h"

/* The longest cell: names and rules, escaped. */
#define CELL_SIZE 4096

struct grid {
	FILE                  *out;
	FILE                  *terminal; /* it is out, as a rule */
	size_t                 indent;
	const struct grid_col *cols;
	size_t                 ncols;
	size_t                 width[GRID_COLS];
	size_t                 col;   /* of the next cell */
	size_t                 nrows; /* that are kept */
	int                    fixed; /* the widths are */
	char                  *cell[GRID_ROWS + 1][GRID_COLS];
	char                  *below[GRID_ROWS + 1]; /* a row; or NULL */
};

static void   grid_fix(struct grid *);
static size_t grid_line(const struct grid *);
static size_t terminal_cols(FILE *);
static void   grid_row(struct grid *, size_t);
static void   grid_print(struct grid *, const char *, size_t, int);
static char  *keep(const char *);
static void   escape(char *, size_t, const char *);

struct grid *
grid_new(FILE *out, const struct grid_col *cols, size_t ncols)
{
	return grid_inside(out, out, 0, cols, ncols);
}

struct grid *
grid_inside(FILE *out, FILE *terminal, size_t indent,
    const struct grid_col *cols, size_t ncols)
{
	struct grid *g;
	size_t       i;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	g->out = out;
	g->terminal = terminal;
	g->indent = indent;
	g->cols = cols;
	g->ncols = ncols;
	for (i = 0; i < ncols; i++)
		if (cols[0].name != NULL)
			grid_cell(g, "%s", cols[i].name);
	return g;
}

void
grid_cell(struct grid *g, const char *fmt, ...)
{
	va_list ap;
	char    raw[CELL_SIZE], text[CELL_SIZE];
	size_t  len;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	escape(text, sizeof(text), raw);
	len = strlen(text);
	if (!g->fixed && len > g->width[g->col])
		g->width[g->col] = len;
	g->cell[g->nrows][g->col] = keep(text);
	if (++g->col < g->ncols)
		return;
	g->col = 0;
	g->nrows++;
	if (g->fixed) {
		grid_row(g, 0);
		g->nrows = 0;
	} else if (g->nrows > GRID_ROWS)
		grid_fix(g);
}

/* The last row has been printed once the widths are known. */
void
grid_below(struct grid *g, const char *lines)
{
	if (g->nrows == 0)
		(void)fputs(lines, g->out);
	else
		g->below[g->nrows - 1] = keep(lines);
}

void
grid_end(struct grid *g)
{
	if (!g->fixed)
		grid_fix(g);
	free(g);
}

/* The widths are known: if all of it is too wide, something is cut. */
static void
grid_fix(struct grid *g)
{
	size_t i, most, line, over;

	g->fixed = 1;
	most = terminal_cols(g->terminal);
	for (i = 0; i < g->ncols; i++) {
		line = grid_line(g);
		if (most == 0 || line <= most)
			break;
		if (g->cols[i].least == 0 || g->width[i] <= g->cols[i].least)
			continue;
		over = line - most;
		if (over > g->width[i] - g->cols[i].least)
			over = g->width[i] - g->cols[i].least;
		g->width[i] -= over;
	}
	for (i = 0; i < g->nrows; i++)
		grid_row(g, i);
	g->nrows = 0;
}

static size_t
grid_line(const struct grid *g)
{
	size_t i, n = g->indent;

	for (i = 0; i < g->ncols; i++)
		n += g->width[i] + (i != 0 && g->width[i] != 0);
	return n;
}

/* 0 if it is no terminal: whoever reads it wants all. */
static size_t
terminal_cols(FILE *out)
{
	struct winsize ws;
	const char    *env, *why;
	long long      n;

	if ((env = getenv("COLUMNS")) != NULL) {
		n = strtonum(env, 1, 10000, &why);
		if (why == NULL)
			return (size_t)n;
	}
	if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &ws) == 0)
		return ws.ws_col;
	return 0;
}

static void
grid_row(struct grid *g, size_t row)
{
	size_t i, n = g->ncols;

	while (n > 0 && g->cell[row][n - 1][0] == '\0')
		n--;
	(void)fprintf(g->out, "%*s", (int)g->indent, "");
	for (i = 0; i < n; i++)
		grid_print(g, g->cell[row][i], i, i + 1 == n);
	for (i = 0; i < g->ncols; i++)
		free(g->cell[row][i]);
	(void)fputc('\n', g->out);
	if (g->below[row] != NULL)
		(void)fputs(g->below[row], g->out);
	free(g->below[row]);
	g->below[row] = NULL;
}

/* No blanks at the end of a line. */
static void
grid_print(struct grid *g, const char *text, size_t col, int last)
{
	const char *end;
	size_t      len = strlen(text), width = g->width[col], tail;

	if (width == 0)
		return;
	if (col != 0)
		(void)fputc(' ', g->out);
	if (len > width && g->cols[col].least != 0) {
		end = strrchr(text, ':');
		tail = end == NULL ? 0 : strlen(end);
		if (tail + 2 >= width)
			tail = 0;
		(void)fprintf(g->out, "%.*s..%s", (int)(width - 2 - tail), text,
		    text + len - tail);
		len = width;
	} else if (g->cols[col].align == 'r')
		(void)fprintf(g->out, "%*s", (int)width, text);
	else
		(void)fputs(text, g->out);
	if (g->cols[col].align == 'l' && !last && len < width)
		(void)fprintf(g->out, "%*s", (int)(width - len), "");
}

static char *
keep(const char *text)
{
	char *copy;

	if ((copy = strdup(text)) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	return copy;
}

/* As say_safe(), and cut if there is no room. */
static void
escape(char *dst, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && n + 5 < size; s++) {
		if (*s >= ' ' && *s <= '~')
			dst[n++] = *s;
		else
			n += (size_t)snprintf(dst + n, size - n, "\\x%02x",
			    (uint8_t)*s);
	}
	dst[n] = '\0';
}
