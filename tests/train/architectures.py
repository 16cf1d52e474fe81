"""The families' processors as their checkpoints have them, and their models with all that may be small made small."""

from __future__ import annotations

from typing import Any, Final

WIDTH: Final = 32
HEADS: Final = 2
LAYERS: Final = 2


def language(tokenizer: Any, **more: Any) -> dict[str, Any]:
    """The sizes of a language part."""
    return {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 1,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 2048,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }


def vision(**more: Any) -> dict[str, Any]:
    """The sizes of a vision part."""
    return {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": HEADS,
        **more,
    }


def smolvlm_processor(tokenizer: Any, template: str) -> Any:
    from transformers import Idefics3ImageProcessor, Idefics3Processor

    pictures = Idefics3ImageProcessor(size={"longest_edge": 2048}, max_image_size={"longest_edge": 512})
    return Idefics3Processor(pictures, tokenizer, image_seq_len=64, chat_template=template)


def smolvlm_config(tokenizer: Any) -> Any:
    from transformers import Idefics3Config

    return Idefics3Config(
        vision_config=vision(image_size=512, patch_size=16),
        text_config=language(tokenizer, model_type="llama"),
        scale_factor=4,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
    )


def qwen_processor(tokenizer: Any, template: str) -> Any:
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    pictures = Qwen2VLImageProcessor(min_pixels=3136, max_pixels=12845056)
    return Qwen2_5_VLProcessor(pictures, tokenizer, Qwen2VLVideoProcessor(), chat_template=template)


def qwen3_processor(tokenizer: Any, template: str) -> Any:
    from transformers import Qwen2VLImageProcessor, Qwen3VLProcessor, Qwen3VLVideoProcessor

    pictures = Qwen2VLImageProcessor(size={"shortest_edge": 65536, "longest_edge": 16777216}, patch_size=16)
    return Qwen3VLProcessor(pictures, tokenizer, Qwen3VLVideoProcessor(), chat_template=template)


def _qwen(tokenizer: Any, **parts: dict[str, Any]) -> dict[str, Any]:
    """What the configurations of both generations have in common."""
    seeing = {"depth": 1, "hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_heads": HEADS}
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}
    return {
        "vision_config": {**seeing, "out_hidden_size": WIDTH, **parts["vision"]},
        "text_config": language(tokenizer, rope_parameters=rope, **parts["text"]),
        **{
            f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{told}|>")
            for name, told in (
                ("image", "image_pad"),
                ("video", "video_pad"),
                ("vision_start", "vision_start"),
                ("vision_end", "vision_end"),
            )
        },
    }


def qwen_config(tokenizer: Any) -> Any:
    from transformers import Qwen2_5_VLConfig

    return Qwen2_5_VLConfig(**_qwen(tokenizer, vision={"fullatt_block_indexes": [0]}, text={}))


def qwen3_config(tokenizer: Any) -> Any:
    from transformers import Qwen3VLConfig

    return Qwen3VLConfig(
        **_qwen(tokenizer, vision={"deepstack_visual_indexes": [0]}, text={"head_dim": WIDTH // HEADS})
    )


def gemma_processor(tokenizer: Any, template: str) -> Any:
    from transformers import Gemma3ImageProcessor, Gemma3Processor

    half = [0.5, 0.5, 0.5]
    pictures = Gemma3ImageProcessor(size={"height": 896, "width": 896}, image_mean=half, image_std=half)
    return Gemma3Processor(pictures, tokenizer, chat_template=template, image_seq_length=256)


def gemma_config(tokenizer: Any) -> Any:
    from transformers import Gemma3Config

    return Gemma3Config(
        vision_config=vision(image_size=896, patch_size=14),
        text_config=language(tokenizer, head_dim=WIDTH // HEADS, sliding_window=512),
        mm_tokens_per_image=256,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_id=tokenizer.image_token_id,
    )


def mistral_processor(tokenizer: Any, template: str) -> Any:
    from transformers import PixtralImageProcessor, PixtralProcessor

    pictures = PixtralImageProcessor(patch_size=14, size={"longest_edge": 1540})
    return PixtralProcessor(pictures, tokenizer, patch_size=14, spatial_merge_size=2, chat_template=template)


def mistral_config(tokenizer: Any) -> Any:
    from transformers import Mistral3Config

    return Mistral3Config(
        vision_config=vision(model_type="pixtral", image_size=1540, patch_size=14),
        text_config=language(tokenizer, model_type="mistral", head_dim=WIDTH // HEADS),
        image_token_index=tokenizer.convert_tokens_to_ids("[IMG]"),
        spatial_merge_size=2,
    )


def pixtral_processor(tokenizer: Any, template: str) -> Any:
    from transformers import PixtralImageProcessor, PixtralProcessor

    return PixtralProcessor(PixtralImageProcessor(), tokenizer, chat_template=template)


def pixtral_config(tokenizer: Any) -> Any:
    from transformers import LlavaConfig

    return LlavaConfig(
        vision_config=vision(model_type="pixtral", image_size=1024, patch_size=16),
        text_config=language(tokenizer, model_type="mistral", head_dim=WIDTH // HEADS),
        image_token_index=tokenizer.convert_tokens_to_ids("[IMG]"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
