; Where the console starts: interrupt vectors, RAM set to zero, the OAM copy routine put into HRAM, then main().
        .module crt0
        .globl  _main
        .globl  _console
        .globl  _frame_begun
        .globl  s__INITIALIZER, l__INITIALIZER, s__INITIALIZED

; The linker places areas in the order of their first mention: ROM areas must all stand before _DATA.
        .area   _CODE
        .area   _HOME
        .area   _INITIALIZER
        .area   _GSINIT
        .area   _GSFINAL
        .area   _DATA
        .area   _INITIALIZED
        .area   _BSS

FRAME_COUNTER = 0xC008                  ; wram.yaml: frame_counter, little-endian

        .area   _HEADER (ABS)
        .org    0x40
        jp      vblank
        .org    0x100
        nop
        jp      start

        .org    0x150
start:
        di
        ld      b, a                    ; 0x11 on a Game Boy Color; kept while RAM is cleared
        ld      sp, #0xE000
        ld      hl, #0xC000
clear:
        xor     a
        ld      (hl+), a
        ld      a, h
        cp      #0xE0
        jr      nz, clear
        ld      a, b
        ld      (_console), a

        ld      de, #s__INITIALIZED
        ld      hl, #s__INITIALIZER
        ld      bc, #l__INITIALIZER
initialise:
        ld      a, b
        or      c
        jr      z, copy_oam_routine
        ld      a, (hl+)
        ld      (de), a
        inc     de
        dec     bc
        jr      initialise

copy_oam_routine:
        ld      hl, #oam_routine
        ld      c, #0x80
next_byte:
        ld      a, (hl+)
        ldh     (c), a
        inc     c
        ld      a, c
        cp      #0x80 + oam_routine_end - oam_routine
        jr      nz, next_byte
        call    _main
forever:
        halt
        nop
        jr      forever

; The CPU sees only HRAM while OAM DMA runs: this is called there, at 0xFF80.
oam_routine:
        ld      a, #0xC1                ; shadow OAM at 0xC100
        ldh     (0x46), a
        ld      a, #40
oam_wait:
        dec     a
        jr      nz, oam_wait
        ret
oam_routine_end:

vblank:
        push    af
        push    hl
        ld      hl, #FRAME_COUNTER
        inc     (hl)
        jr      nz, counted
        inc     hl
        inc     (hl)
counted:
        ld      a, #1
        ld      (_frame_begun), a
        pop     hl
        pop     af
        reti

        .area   _BSS
_console:
        .ds     1
_frame_begun:
        .ds     1
