/* The marker and the cursor of every menu. */
#include "menu.h"

#include "canvas.h"
#include "world.h"
#include "wram.h"

u8 before(u8 value, u8 count)
{
    return value ? value - 1 : count - 1;
}

u8 after(u8 value, u8 count)
{
    value++;
    return value == count ? 0 : value;
}

static u8 row_of_cursor(const struct menu *menu)
{
    return menu->row + wram_cursor * menu->step;
}

void menu_mark(const struct menu *menu)
{
    canvas_mark(menu->column, row_of_cursor(menu), wram_options[OPTION_MARKER]);
}

void menu_move_to(const struct menu *menu, u8 row)
{
    canvas_put(menu->column, row_of_cursor(menu), BLANK);
    wram_cursor = row;
    menu_mark(menu);
}

void menu_move(const struct menu *menu, u8 rows, u8 button)
{
    if (rows && button == BUTTON_UP) {
        menu_move_to(menu, before(wram_cursor, rows));
    } else if (rows && button == BUTTON_DOWN) {
        menu_move_to(menu, after(wram_cursor, rows));
    }
}
