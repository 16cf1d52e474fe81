/* The player and the people of the map, as sprites. */
#ifndef SPRITES_H
#define SPRITES_H

#include "console.h"

void sprites_load(void);
/* Places everyone; the player stands (dx, dy) pixels off their tile, with a foot forward if `stepping`. */
void sprites_place(s16 dx, s16 dy, u8 stepping);
/* Places everyone at rest. */
void sprites_rest(void);
void sprites_hide(void);

#endif
