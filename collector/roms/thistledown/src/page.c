/* Full-screen menus. The map shows while the first page is being copied; a later page is drawn over the one before. */
#include "page.h"

#include "canvas.h"
#include "sprites.h"
#include "video.h"

void page_begin(void)
{
    if (window_column || window_row) {
        video_close_window();
        sprites_rest();
    }
    canvas_clear();
}

void page_show(void)
{
    video_open_window(0, 0);
    sprites_rest();
}

void page_foot(const char *first, const char *second)
{
    canvas_box(0, PAGE_FOOT_ROW, CANVAS_COLUMNS, CANVAS_ROWS - PAGE_FOOT_ROW);
    canvas_text(1, PAGE_FOOT_ROW + 1, first);
    canvas_text(1, PAGE_FOOT_ROW + 2, second);
    canvas_world(1, PAGE_FOOT_ROW + 4);
}
