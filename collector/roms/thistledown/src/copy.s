; The copies that must fit into a VBlank.
        .module copy
        .globl  _copy_row
        .globl  _copy_oam
        .globl  _copy_row_end
        .globl  _console
        .area   _CODE

; void copy_row(u8 *to, const struct canvas_row *from): to in DE, from in BC.
; 20 tile numbers, then (Game Boy Color only) 20 palettes into VRAM bank 1: about 230 machine cycles.
_copy_row:
        ld      h, b
        ld      l, c
        ld      b, e                    ; the row's low address, for the second pass
        .rept   20
        ld      a, (hl+)
        ld      (de), a
        inc     e                       ; a map row is 32-aligned: no carry
        .endm
        ld      a, (_console)
        cp      #0x11
        ret     nz
        ld      e, b
        ld      a, #1
        ldh     (0x4F), a
        .rept   20
        ld      a, (hl+)
        ld      (de), a
        inc     e
        .endm
        xor     a
        ldh     (0x4F), a
_copy_row_end:
        ret

; void copy_oam(void)
_copy_oam:
        call    0xFF80
        ret
