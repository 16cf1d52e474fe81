/* The console: integer names, the hardware registers that are used, the buttons. */
#ifndef CONSOLE_H
#define CONSOLE_H

typedef unsigned char u8;
typedef unsigned int u16;
typedef signed int s16;

#define REGISTER(address) (*(volatile u8 *)(address))
#define JOYPAD REGISTER(0xFF00)
#define INTERRUPTS_PENDING REGISTER(0xFF0F)
#define LCD_CONTROL REGISTER(0xFF40)
#define LCD_STATUS REGISTER(0xFF41)
#define SCROLL_Y REGISTER(0xFF42)
#define SCROLL_X REGISTER(0xFF43)
#define LINE REGISTER(0xFF44)
#define GREY_BG REGISTER(0xFF47)
#define GREY_SPRITES_0 REGISTER(0xFF48)
#define GREY_SPRITES_1 REGISTER(0xFF49)
#define WINDOW_Y REGISTER(0xFF4A)
#define WINDOW_X REGISTER(0xFF4B)
#define VRAM_BANK REGISTER(0xFF4F)
#define BG_PALETTE_INDEX REGISTER(0xFF68)
#define BG_PALETTE_DATA REGISTER(0xFF69)
#define SPRITE_PALETTE_INDEX REGISTER(0xFF6A)
#define SPRITE_PALETTE_DATA REGISTER(0xFF6B)
#define SOUND_ON REGISTER(0xFF26)
#define INTERRUPTS_ENABLED REGISTER(0xFFFF)

#define BG_MAP ((u8 *)0x9800)
#define WINDOW_MAP ((u8 *)0x9C00)
#define SPRITE_TILES ((u8 *)0x8000)

#define BUTTON_RIGHT 0x01
#define BUTTON_LEFT 0x02
#define BUTTON_UP 0x04
#define BUTTON_DOWN 0x08
#define BUTTON_A 0x10
#define BUTTON_B 0x20
#define BUTTON_SELECT 0x40
#define BUTTON_START 0x80

/* What A held at power-on: 0x11 on a Game Boy Color. */
extern u8 console;
#define IS_COLOR (console == 0x11)

#endif
