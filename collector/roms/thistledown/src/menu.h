/* A column of rows with a marker beside the row that wram_cursor is on. */
#ifndef MENU_H
#define MENU_H

#include "console.h"

struct menu {
    u8 column; /* of the marker, in tiles */
    u8 row;    /* of the first row, in tiles */
    u8 step;   /* from one row to the next, in tiles */
};

/* Draws the marker beside the cursor's row. */
void menu_mark(const struct menu *menu);
/* Moves the cursor on UP and DOWN over `rows` rows, and wraps; other buttons do nothing. */
void menu_move(const struct menu *menu, u8 rows, u8 button);
/* Moves the cursor to `row`, and its marker with it. */
void menu_move_to(const struct menu *menu, u8 row);
/* The number before or after `value` of `count`, wrapping. */
u8 before(u8 value, u8 count);
u8 after(u8 value, u8 count);

#endif
