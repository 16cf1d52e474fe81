/* The map: drawing it, walking on it, talking to whoever is faced. */
#include "game.h"

#include "art.h"
#include "sprites.h"
#include "video.h"

#define MAP_TILES_PER_TILE 4
#define CAMERA_X 64 /* where the player stands on the screen, in pixels, unless the map's edge is near */
#define CAMERA_Y 64
#define PIXELS_PER_FRAME 2

static const signed char step_x[4] = {0, 0, -1, 1}; /* by facing: down up left right */
static const signed char step_y[4] = {1, -1, 0, 0};
static const u8 opposite[4] = {FACING_UP, FACING_DOWN, FACING_RIGHT, FACING_LEFT};

static u8 tile_at(u8 x, u8 y)
{
    const struct map *map = &maps[wram_map];
    return map->tiles[y * map->width + x];
}

/* Writes the map into VRAM bank 0, or its palettes into bank 1: 2x2 tiles for every 16x16 tile. The LCD must be off. */
static void write_map(u8 palettes)
{
    const struct map *map = &maps[wram_map];
    const u8 *tile = map->tiles;
    u8 *line = BG_MAP;
    u8 x, y, first, next;
    for (y = 0; y < map->height; y++, line += 64) {
        u8 *to = line;
        for (x = 0; x < map->width; x++, to += 2) {
            first = palettes ? tile_palettes[*tile] : TILE_WORLD + *tile * MAP_TILES_PER_TILE;
            next = palettes ? 0 : 1;
            tile++;
            to[0] = first;
            to[1] = first += next;
            to[32] = first += next;
            to[33] = first += next;
        }
    }
}

static u8 clamp(s16 value, s16 last)
{
    if (value < 0) {
        return 0;
    }
    return value > last ? last : value;
}

/* Centres the picture on the player, who stands (dx, dy) pixels off their tile. */
static void aim_camera(s16 dx, s16 dy)
{
    const struct map *map = &maps[wram_map];
    scroll_x = clamp((wram_x << 4) + dx - CAMERA_X, (map->width << 4) - 160);
    scroll_y = clamp((wram_y << 4) + dy - CAMERA_Y, (map->height << 4) - 144);
}

void field_draw(void)
{
    wram_screen = SCREEN_FIELD;
    video_load_tiles(TILE_WORLD, art_tiles, ART_TILES_COUNT);
    write_map(0);
    if (IS_COLOR) {
        VRAM_BANK = 1;
        write_map(1);
        VRAM_BANK = 0;
    }
    video_close_window();
    aim_camera(0, 0);
    sprites_rest();
}

void field_resume(void)
{
    wram_screen = SCREEN_FIELD;
    wram_cursor = 0;
    wram_dialogue = 0;
    wram_page = 0;
    video_close_window();
    sprites_rest();
}

/* The number of the person on (x, y) of this map, or PERSON_COUNT. */
static u8 person_at(u8 x, u8 y)
{
    const struct person *person = people;
    u8 i;
    for (i = 0; i < PERSON_COUNT; i++, person++) {
        if (person->map == wram_map && person->x == x && person->y == y) {
            break;
        }
    }
    return i;
}

static u8 is_free(u8 x, u8 y)
{
    const struct map *map = &maps[wram_map];
    if (x >= map->width || y >= map->height) { /* also one tile left of 0, which is 255 */
        return 0;
    }
    return !tile_solid[tile_at(x, y)] && person_at(x, y) == PERSON_COUNT;
}

static void go_through_door(void)
{
    const struct door *door = doors;
    u8 i;
    for (i = 0; i < DOOR_COUNT; i++, door++) {
        if (door->map == wram_map && door->x == wram_x && door->y == wram_y) {
            wram_map = door->to_map;
            wram_x = door->to_x;
            wram_y = door->to_y;
            video_lcd_off();
            field_draw();
            video_lcd_on();
            return;
        }
    }
}

/* Moves the player onto the tile ahead, a few pixels a frame. */
static void walk(signed char x, signed char y)
{
    s16 left;
    wram_x += x;
    wram_y += y;
    for (left = 16 - PIXELS_PER_FRAME; left >= 0; left -= PIXELS_PER_FRAME) {
        s16 dx = x ? (x > 0 ? -left : left) : 0;
        s16 dy = y ? (y > 0 ? -left : left) : 0;
        aim_camera(dx, dy);
        sprites_place(dx, dy, left >= 4 && left < 12);
        video_next_frame();
    }
    go_through_door();
}

static void face_and_walk(u8 facing)
{
    signed char x = step_x[facing];
    signed char y = step_y[facing];
    wram_facing = facing;
    sprites_rest();
    if (is_free(wram_x + x, wram_y + y)) {
        walk(x, y);
    }
}

static void talk_to(u8 number)
{
    const struct person_info *info = &person_infos[number];
    if (!info->stays) {
        people[number].facing = opposite[wram_facing];
        sprites_rest();
    }
    wram_talked[number] = 1;
    dialogue_open(info->dialogue);
}

/* Talks to the person faced, or to the one behind the counter faced, or reads the sign faced. */
static void talk(void)
{
    signed char dx = step_x[wram_facing];
    signed char dy = step_y[wram_facing];
    u8 x = wram_x + dx;
    u8 y = wram_y + dy;
    u8 number;
    if (wram_map == SIGN_MAP && x == SIGN_X && y == SIGN_Y) {
        dialogue_open(SIGN_DIALOGUE);
        return;
    }
    number = person_at(x, y);
    if (number == PERSON_COUNT && tile_at(x, y) == TILE_COUNTER) {
        number = person_at(x + dx, y + dy);
    }
    if (number != PERSON_COUNT) {
        talk_to(number);
    }
}

void field_press(u8 button)
{
    switch (button) {
    case BUTTON_DOWN:
        face_and_walk(FACING_DOWN);
        break;
    case BUTTON_UP:
        face_and_walk(FACING_UP);
        break;
    case BUTTON_LEFT:
        face_and_walk(FACING_LEFT);
        break;
    case BUTTON_RIGHT:
        face_and_walk(FACING_RIGHT);
        break;
    case BUTTON_A:
        talk();
        break;
    case BUTTON_START:
        start_menu_open(0);
        break;
    }
}
