/* What the full-screen menus share: opening, and the box at their foot. */
#ifndef PAGE_H
#define PAGE_H

#define PAGE_FOOT_ROW 12

/* Clears the canvas; the caller draws, then calls page_show. */
void page_begin(void);
void page_show(void);
/* The box at the foot: two lines and the world's number. */
void page_foot(const char *first, const char *second);

#endif
