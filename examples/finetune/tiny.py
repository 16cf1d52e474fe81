"""A tiny Idefics3 made on the spot: 1.2 million parameters and a byte-level tokenizer trained on the rows themselves.

It exists so that the whole way from recorded sessions to a served model runs on two CPU cores in minutes, with nothing
downloaded. It learns the screens it was shown and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

END: Final = "<|im_end|>"
SPECIAL: Final = (
    "<pad>",
    "<|im_start|>",
    END,
    "<image>",
    "<fake_token_around_image>",
    "<global-img>",
    "<end_of_utterance>",
)
CHAT_TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}{% generation %}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}<|im_end|>{% endgeneration %}\n"
    "{% else %}{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML; a content may be one text or a list of parts, because servers send a system message as one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySize:
    """How big the model is."""

    image_side: int = 160
    """Pixels of the square that a picture is resized to."""
    patch: int = 16
    """Pixels of a patch's side."""
    merge: int = 2
    """Patches along each side that become one token."""
    width: int = 128
    """Hidden size of both parts."""
    vision_layers: int = 2
    """Layers of the vision part."""
    text_layers: int = 3
    """Layers of the language part."""
    heads: int = 4
    """Attention heads of both."""
    vocabulary: int = 1024
    """Tokens at most."""
    longest_token: int = 24
    """Letters that a token may stand for: rows repeat whole phrases, and short sequences are quick."""
    longest: int = 1024
    """Tokens of a sequence at most."""

    @property
    def image_tokens(self) -> int:
        """Tokens that a picture becomes."""
        return (self.image_side // self.patch // self.merge) ** 2


def texts_of(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Every text of the rows' prompts and completions."""
    for row in rows:
        for message in (*row["prompt"], *row["completion"]):
            yield from (part["text"] for part in message["content"] if part["type"] == "text")


def tiny_processor(texts: Iterable[str], size: TinySize) -> Any:
    """A processor whose tokenizer is trained on the texts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import Idefics3ImageProcessor, Idefics3Processor, PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)  # phrases become tokens
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size.vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=size.longest_token,
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token=END, bos_token="<|im_start|>", padding_side="right"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    pictures = Idefics3ImageProcessor(
        size={"longest_edge": size.image_side},
        max_image_size={"longest_edge": size.image_side},
        do_image_splitting=False,
    )
    return Idefics3Processor(pictures, tokenizer, image_seq_len=size.image_tokens, chat_template=CHAT_TEMPLATE)


def tiny_model(processor: Any, size: TinySize, seed: int) -> Any:
    """An untrained model with weights drawn by the seed.

    The usual spread of 0.02 is made for wide models: at this width pictures stay noise for hundreds of steps.
    """
    import torch
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, set_seed

    set_seed(seed)
    tokenizer = processor.tokenizer
    vision = {
        "hidden_size": size.width,
        "intermediate_size": 2 * size.width,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.heads,
        "image_size": size.image_side,
        "patch_size": size.patch,
        "initializer_range": 0.08,
    }
    text = {
        "model_type": "llama",
        "hidden_size": size.width,
        "intermediate_size": 3 * size.width,
        "num_hidden_layers": size.text_layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.heads,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": size.longest,
        "initializer_range": 0.08,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = Idefics3Config(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=size.merge,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
    )
    model = Idefics3ForConditionalGeneration(config)
    torch.nn.init.normal_(model.model.vision_model.embeddings.position_embedding.weight, std=0.5)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def write_tiny(folder: Path, rows: Iterable[Mapping[str, Any]], size: TinySize, seed: int) -> None:
    """Write an untrained checkpoint that `from_pretrained` and vLLM load."""
    processor = tiny_processor(texts_of(rows), size)
    tiny_model(processor, size, seed).save_pretrained(folder)
    processor.save_pretrained(folder)
