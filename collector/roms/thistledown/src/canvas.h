/* The 20x18 tiles of the window, drawn in work RAM first and copied to VRAM row by row in VBlank. */
#ifndef CANVAS_H
#define CANVAS_H

#include "console.h"

#define CANVAS_COLUMNS 20
#define CANVAS_ROWS 18
#define BLANK ' '
#define MARK_BAR_LEFT 2
#define MARK_BAR_0 3
#define MARK_BAR_RIGHT 12
#define MARK_MORE 13
#define MARK_SICK 15

struct canvas_row {
    u8 tiles[CANVAS_COLUMNS];
    u8 palettes[CANVAS_COLUMNS];
};

extern struct canvas_row canvas[CANVAS_ROWS];
/* Rows from .. to - 1 have still to be copied; to is 0 when none has. */
extern u8 canvas_changed_from, canvas_changed_to;

void canvas_all_copied(void);
void canvas_clear(void);
/* Later puts are drawn in this palette; canvas_clear goes back to the text palette. */
void canvas_use_palette(u8 palette);
void canvas_put(u8 column, u8 row, u8 tile);
void canvas_mark(u8 column, u8 row, u8 mark);
void canvas_fill(u8 column, u8 row, u8 width, u8 height);
void canvas_box(u8 column, u8 row, u8 width, u8 height);
void canvas_text(u8 column, u8 row, const char *text);
/* Returns the column after the last digit. */
u8 canvas_number(u8 column, u8 row, u8 number);
/* WORLD 0427; the second way is for a narrow panel. */
void canvas_world(u8 column, u8 row);
void canvas_world_in_two_rows(u8 column, u8 row);
/* width x height tiles that follow each other row by row. */
void canvas_picture(u8 column, u8 row, u8 first, u8 width, u8 height);

#endif
