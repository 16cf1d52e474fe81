"""The cartridge's rules in Python: what a press leads to, field for field.

`collector/roms/thistledown/README.md` tells them in words; a test plays both side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Final

from collector.games.thistledown import field_rules, menu_rules, outlook, reasons, scene
from collector.games.thistledown.field_rules import DIRECTIONS, faces_sign, person_faced
from collector.games.thistledown.menu_rules import VERTICAL, rows_of, treatment
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.world import Changes, Fields, World
from collector.records import State, Task

Rule = Callable[[World, Fields, str], Changes]

RULES: Final[Mapping[str, Rule]] = {
    "title": menu_rules.title_press,
    "field": field_rules.field_press,
    "dialogue": field_rules.dialogue_press,
    "choice": field_rules.choice_press,
    "start_menu": menu_rules.start_menu_press,
    "party": menu_rules.party_press,
    "bag": menu_rules.bag_press,
    "item_menu": menu_rules.item_menu_press,
    "item_target": menu_rules.item_target_press,
    "options": menu_rules.options_press,
}
"""What each screen does with a press."""

MENU_FIELDS: Final = frozenset({"screen", "cursor", "pocket", "item", "dialogue", "page"})
TEXT_FIELDS: Final = frozenset({"dialogue", "page"})
WHERE: Final = ("screen", "map", "x", "y", "facing", "cursor", "pocket", "item", "dialogue", "page")


class ThistledownModel:
    """The rules, for a search over everything or, after `towards`, over what matters to some fields."""

    def __init__(self, world: World, fields: frozenset[str] | None = None) -> None:
        self._world = world
        parts = {name.split(".")[0].split("_")[0] for name in fields or ()}
        everything = fields is None
        wanted = fields or frozenset()
        self._menus = everything or bool(wanted & MENU_FIELDS)
        self._uses = everything or bool(wanted & TEXT_FIELDS) or bool({"items", "party"} & parts)
        self._saves = self._menus or "save" in parts
        self._options = everything or "options" in parts
        supplies = [f"items.{name}" for name in world.items]
        supplies += [f"party.{n}.{part}" for n in COMPANIONS for part in ("hp", "status")]
        key = dict.fromkeys((*WHERE, *(supplies if self._uses else ()), *sorted(wanted)))
        self._key: Callable[[State], tuple[object, ...]] = itemgetter(*key)
        self._everything = everything

    def next_state(self, state: State, button: str) -> State:
        """The state after the press; a button that does nothing on this screen leaves it as it is."""
        return {**state, **RULES[str(state["screen"])](self._world, state, button)}

    def search_key(self, state: State) -> tuple[object, ...]:
        """Where the player and the menus stand, and the fields that matter."""
        if self._everything:
            return tuple(state.values())
        return self._key(state)

    def towards(self, fields: frozenset[str]) -> ThistledownModel:
        """The same rules for a search that only looks at these fields."""
        return ThistledownModel(self._world, fields)

    def commutes(self, before: State, after: State, button: str) -> bool:
        """The START menu is the same wherever the player stands: a step does not change what it leads to."""
        return button == "press_start" and before["screen"] == after["screen"] == "field"

    def buttons(self, state: State) -> tuple[str, ...]:
        """Presses that change something on this screen and may matter to the fields looked at."""
        match state["screen"]:
            case "field":
                return self._field_buttons(state)
            case "start_menu":
                return (*VERTICAL, *(("press_a",) if self._opens(state) else ()), "press_b")
            case "bag":
                vertical = tuple(VERTICAL) if len(rows_of(self._world, state, str(state["pocket"]))) > 1 else ()
                use = state["pocket"] == "medicine" and bool(rows_of(self._world, state, "medicine"))
                return ("press_right", *vertical, *(("press_a",) if use else ()), "press_b")
            case "item_target":
                return (*VERTICAL, *(("press_a",) if self._treats(state) else ()), "press_b")
            case "choice" | "item_menu":
                return ("press_a", "press_up" if state["cursor"] else "press_down", "press_b")
            case "options":
                change = ("press_right", "press_left") if self._options else ()
                return (*VERTICAL, *change, "press_b")
            case "party":
                return (*VERTICAL, "press_b")
            case "dialogue":
                return ("press_a",)
        return (*DIRECTIONS,)

    def _field_buttons(self, state: State) -> tuple[str, ...]:
        talk = person_faced(self._world, state) or faces_sign(self._world, state)
        start = self._menus or self._uses or self._saves or self._options
        return (*DIRECTIONS, *(("press_a",) if talk else ()), *(("press_start",) if start else ()))

    def _opens(self, state: Fields) -> bool:
        row = self._world.start_menu[state["cursor"]]
        wanted = {"BAG": self._uses, "SAVE": self._saves, "OPTIONS": self._options, "EXIT": False}
        return self._menus or wanted.get(row, False)

    def _treats(self, state: State) -> bool:
        return self._uses and (self._everything or self._menus or bool(treatment(self._world, state)))

    def describe(self, state: State) -> str:
        """What the picture shows."""
        return scene.describe(self._world, state)

    def explain(self, state: State, button: str, task: Task, ahead: tuple[State, ...]) -> str:
        """What on the screen makes the press right."""
        return reasons.explain(self._world, state, button, ahead)

    def expect(self, state: State, after: State) -> str:
        """What the next picture shows."""
        return outlook.expect(self._world, state, after)

    def report(self, state: State, fields: Iterable[str]) -> str:
        """The fields' values in words."""
        return outlook.report(self._world, state, fields)
