/* Drawing on the window's shadow map. */
#include "canvas.h"

#include "art.h"
#include "video.h"
#include "wram.h"

struct canvas_row canvas[CANVAS_ROWS];
u8 canvas_changed_from, canvas_changed_to;
static u8 palette_in_use;

void canvas_all_copied(void)
{
    canvas_changed_from = CANVAS_ROWS;
    canvas_changed_to = 0;
}

static void changed(u8 from, u8 to)
{
    if (!canvas_changed_to || from < canvas_changed_from) {
        canvas_changed_from = from;
    }
    if (to > canvas_changed_to) {
        canvas_changed_to = to;
    }
}

void canvas_use_palette(u8 palette)
{
    palette_in_use = palette;
}

void canvas_put(u8 column, u8 row, u8 tile)
{
    struct canvas_row *line = &canvas[row];
    line->tiles[column] = tile;
    line->palettes[column] = palette_in_use;
    changed(row, row + 1);
}

void canvas_mark(u8 column, u8 row, u8 mark)
{
    canvas_put(column, row, TILE_MARKS + mark);
}

static void fill_row(u8 column, u8 row, u8 width, u8 tile)
{
    u8 *tiles = canvas[row].tiles + column;
    u8 *palettes = canvas[row].palettes + column;
    while (width--) {
        *tiles++ = tile;
        *palettes++ = palette_in_use;
    }
    changed(row, row + 1);
}

void canvas_fill(u8 column, u8 row, u8 width, u8 height)
{
    while (height--) {
        fill_row(column, row++, width, BLANK);
    }
}

void canvas_clear(void)
{
    palette_in_use = PALETTE_TEXT;
    canvas_fill(0, 0, CANVAS_COLUMNS, CANVAS_ROWS);
}

/* One row of a box: corner, filling, corner, from three tiles of the frame. */
static void box_row(u8 column, u8 row, u8 width, u8 tile)
{
    fill_row(column, row, width, tile + 1);
    canvas_put(column, row, tile);
    canvas_put(column + width - 1, row, tile + 2);
}

void canvas_box(u8 column, u8 row, u8 width, u8 height)
{
    u8 last = row + height - 1;
    box_row(column, row, width, TILE_FRAME);
    while (++row < last) {
        box_row(column, row, width, TILE_FRAME + 3);
    }
    box_row(column, last, width, TILE_FRAME + 6);
}

void canvas_text(u8 column, u8 row, const char *text)
{
    while (*text) {
        canvas_put(column++, row, *text++);
    }
}

u8 canvas_number(u8 column, u8 row, u8 number)
{
    u8 end;
    if (number >= 100) {
        column++;
    }
    if (number >= 10) {
        column++;
    }
    end = column + 1;
    do {
        canvas_put(column--, row, '0' + number % 10);
        number /= 10;
    } while (number);
    return end;
}

/* The world's number with leading zeros. */
static void put_world_number(u8 column, u8 row)
{
    u16 number = wram_world_seed;
    u8 digits = 4;
    while (digits--) {
        canvas_put(column + digits, row, '0' + number % 10);
        number /= 10;
    }
}

void canvas_world(u8 column, u8 row)
{
    canvas_text(column, row, "WORLD");
    put_world_number(column + 6, row);
}

void canvas_world_in_two_rows(u8 column, u8 row)
{
    canvas_text(column, row, "WORLD");
    put_world_number(column, row + 1);
}

void canvas_picture(u8 column, u8 row, u8 first, u8 width, u8 height)
{
    u8 x;
    while (height--) {
        for (x = 0; x < width; x++) {
            canvas_put(column + x, row, first++);
        }
        row++;
    }
}
