"""Untrained checkpoints of the families' own architectures and processors, small enough to train on one core.

What stands in a checkpoint's files is what decides how a row is taken: the classes, the special tokens, the order of
system message, picture and text, the pixels of a patch. All of that is as the families have it; widths and depths are
not, and the tokenizer is trained on the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.train import architectures

VOCABULARY: Final = 512

TEXT_OF: Final = (
    "{% macro text_of(content) %}{% if content is string %}{{ content }}{% else %}"
    "{% for part in content %}{% if part['type'] == 'image' %}PICTURE{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{% endmacro %}"
)
"""A message's content, whether it is a text or parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What a family's checkpoint is made of."""

    special: dict[str, str]
    """Its special tokens, by the name that its tokenizer has for them."""
    picture: str
    """What stands for a picture in the prompt."""
    template: str
    """Its chat template, with PICTURE where a picture stands."""
    processor: Callable[[Any, str], Any]
    """Its processor, from a tokenizer and a template."""
    config: Callable[[Any], Any]
    """Its model's configuration, from a tokenizer."""
    begins: bool = False
    """Whether its tokenizer puts bos_token before every text, on top of the template's."""


def write_untrained(name: str, folder: Path, texts: Iterable[str]) -> None:
    """Write an untrained checkpoint of the family."""
    import torch
    from transformers import AutoModelForImageTextToText, set_seed

    family = FAMILIES[name]
    template = TEXT_OF.replace("PICTURE", family.picture) + family.template
    tokenizer = tokenizer_of(family, texts)
    set_seed(0)
    model = AutoModelForImageTextToText.from_config(family.config(tokenizer))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.to(torch.bfloat16).save_pretrained(folder)  # as weights are published
    family.processor(tokenizer, template).save_pretrained(folder)


def tokenizer_of(family: Family, texts: Iterable[str]) -> Any:
    """A tokenizer of the rows' texts that knows the family's special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(dict.fromkeys(family.special.values())),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    if family.begins:
        bos = family.special["bos_token"]
        marked = [(bos, raw.token_to_id(bos))]
        raw.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=marked)
    usual = {name: token for name, token in family.special.items() if name in ("bos_token", "eos_token", "pad_token")}
    others = {name: token for name, token in family.special.items() if name not in usual}
    return PreTrainedTokenizerFast(tokenizer_object=raw, extra_special_tokens=others, **usual)


def _in_first_turn(user: str, assistant: str, asks: str = "") -> str:
    """A template that puts the system message into the first user turn."""
    return (
        "{{ bos_token }}{% set first = namespace(text='') %}{% for message in messages %}"
        "{% set text = text_of(message['content']) %}"
        "{% if message['role'] == 'system' %}{% set first.text = text + '\n\n' %}"
        f"{{% elif message['role'] == 'user' %}}{user}{{% set first.text = '' %}}{{% else %}}{assistant}{{% endif %}}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{asks}{{% endif %}}"
    )


_SMOLVLM: Final = Family(
    special={
        "pad_token": "<|im_end|>",
        "bos_token": "<|im_start|>",
        "eos_token": "<end_of_utterance>",
        "image_token": "<image>",
        "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>",
    },
    picture="<image>",
    template=(
        "{{ bos_token }}{% for message in messages %}"
        "{{ message['role'] | capitalize }}: {{ text_of(message['content']) }}{{ eos_token }}\n"
        "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
    ),
    processor=architectures.smolvlm_processor,
    config=architectures.smolvlm_config,
)
_QWEN: Final = Family(
    special={
        "pad_token": "<|endoftext|>",
        "eos_token": "<|im_end|>",
        "turn_token": "<|im_start|>",
        "vision_start": "<|vision_start|>",
        "vision_end": "<|vision_end|>",
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
    },
    picture="<|vision_start|><|image_pad|><|vision_end|>",
    template=(
        "{% for message in messages %}"
        "<|im_start|>{{ message['role'] }}\n{{ text_of(message['content']) }}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    ),
    processor=architectures.qwen_processor,
    config=architectures.qwen_config,
)
_GEMMA: Final = Family(
    special={
        "pad_token": "<pad>",
        "eos_token": "<eos>",
        "bos_token": "<bos>",
        "start_of_turn": "<start_of_turn>",
        "end_of_turn": "<end_of_turn>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    },
    picture="<start_of_image>",
    template=_in_first_turn(
        "<start_of_turn>user\n{{ first.text }}{{ text }}<end_of_turn>\n",
        "<start_of_turn>model\n{{ text }}<end_of_turn>\n",
        "<start_of_turn>model\n",
    ),
    processor=architectures.gemma_processor,
    config=architectures.gemma_config,
    begins=True,
)
_MISTRAL: Final = Family(
    special={
        "pad_token": "<pad>",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "asked": "[INST]",
        "asked_end": "[/INST]",
        "system": "[SYSTEM_PROMPT]",
        "system_end": "[/SYSTEM_PROMPT]",
        "image_token": "[IMG]",
        "image_break_token": "[IMG_BREAK]",
        "image_end_token": "[IMG_END]",
    },
    picture="[IMG]",
    template=(
        "{{ bos_token }}{% for message in messages %}{% set text = text_of(message['content']) %}"
        "{% if message['role'] == 'system' %}[SYSTEM_PROMPT]{{ text }}[/SYSTEM_PROMPT]"
        "{% elif message['role'] == 'user' %}[INST]{{ text }}[/INST]"
        "{% else %}{{ text }}{{ eos_token }}{% endif %}{% endfor %}"
    ),
    processor=architectures.mistral_processor,
    config=architectures.mistral_config,
    begins=True,
)
FAMILIES: Final = {
    "smolvlm": _SMOLVLM,
    "qwen2_5_vl": _QWEN,
    "qwen3_vl": replace(_QWEN, processor=architectures.qwen3_processor, config=architectures.qwen3_config),
    "gemma3": _GEMMA,
    "mistral3": _MISTRAL,
    "pixtral": replace(
        _MISTRAL,
        template=_in_first_turn("[INST]{{ first.text }}{{ text }}[/INST]", "{{ text }}{{ eos_token }}"),
        processor=architectures.pixtral_processor,
        config=architectures.pixtral_config,
    ),
}
"""By architecture; where a family's YAML names two, both are here."""
