/* Sprites: two 8x16 halves a person, 24 tiles of pictures a person. What the window covers is hidden: sprites lie above it. */
#include "sprites.h"

#include <string.h>

#include "art.h"
#include "game.h"
#include "video.h"

#define TILES_PER_PERSON 24
#define TILES_PER_POSE 4
#define POSE_DOWN 0
#define POSE_UP 2
#define POSE_LEFT 4
#define MIRRORED 0x20
#define SCREEN_WIDTH 160
#define SCREEN_HEIGHT 144

struct sprite {
    u8 y, x, tile, attributes;
};

static __at(0xC100) struct sprite shadow[40];
static struct sprite *next;

void sprites_load(void)
{
    memcpy(SPRITE_TILES, art_sprites, ART_SPRITES_BYTES);
}

void sprites_hide(void)
{
    memset(shadow, 0, sizeof shadow);
}

static u8 covered(s16 x, s16 y)
{
    return window_shown && x >= (s16)(window_column << 3) && y >= (s16)(window_row << 3);
}

static void place_half(s16 x, s16 y, u8 tile, u8 attributes)
{
    if (covered(x, y)) {
        return;
    }
    next->y = (u8)(y + 16);
    next->x = (u8)(x + 8);
    next->tile = tile;
    next->attributes = attributes;
    next++;
}

static u8 pose_of(u8 facing)
{
    if (facing == FACING_DOWN) {
        return POSE_DOWN;
    }
    return facing == FACING_UP ? POSE_UP : POSE_LEFT;
}

/* Places one person whose top left corner stands at (x, y) on the map, in pixels. `who` is 0 for the player. */
static void place(u8 who, s16 x, s16 y, u8 facing, u8 stepping)
{
    u8 tile = who * TILES_PER_PERSON + (pose_of(facing) + stepping) * TILES_PER_POSE;
    x -= scroll_x;
    y -= scroll_y;
    if (x <= -16 || x >= SCREEN_WIDTH || y <= -16 || y >= SCREEN_HEIGHT) {
        return;
    }
    if (facing == FACING_RIGHT) {
        place_half(x, y, tile + 2, who | MIRRORED);
        place_half(x + 8, y, tile, who | MIRRORED);
    } else {
        place_half(x, y, tile, who);
        place_half(x + 8, y, tile + 2, who);
    }
}

void sprites_place(s16 dx, s16 dy, u8 stepping)
{
    const struct person *person = people;
    u8 i;
    sprites_hide();
    next = shadow;
    place(0, (wram_x << 4) + dx, (wram_y << 4) + dy, wram_facing, stepping);
    for (i = 0; i < PERSON_COUNT; i++, person++) {
        if (person->map == wram_map) {
            place(i + 1, person->x << 4, person->y << 4, person->facing, 0);
        }
    }
}

void sprites_rest(void)
{
    sprites_place(0, 0, 0);
}
