"""Tiny vision-language checkpoints with random weights, one of each architecture, as the tests make and save them.

They are loaded by the same code and auto classes as published ones: the folder has the files that those have.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from secondsight.brain.backends.transformers.backend import TransformersBrain
from secondsight.config import TransformersBrainSettings

Folders = Callable[[str], Path]
"""Folder of a checkpoint by its name."""
Brains = Callable[..., TransformersBrain]
"""A brain by the name of its checkpoint, with settings that differ."""

WIDTH, LAYERS, HEADS = 32, 2, 2
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}{% if part.type == 'image' %}IMAGE{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The form of all four families' templates; IMAGE is what each calls a picture."""


def make_qwen2_5_vl(folder: Path) -> Path:
    words = make_tokenizer("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    config = transformers.Qwen2_5_VLConfig(
        text_config=_text(words, rope_parameters=_mrope([2, 3, 3])),
        vision_config={
            "depth": 2,
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_heads": HEADS,
            "out_hidden_size": WIDTH,
            "fullatt_block_indexes": [1],
            "window_size": 56,
        },
        **_numbers(words, vision_start_token_id="<|vision_start|>", vision_end_token_id="<|vision_end|>"),
    )
    images = transformers.Qwen2VLImageProcessorPil(size=_sizes(28))
    chat = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    return _save(folder, transformers.Qwen2_5_VLForConditionalGeneration(config), words, images, chat)


def make_qwen3_vl(folder: Path) -> Path:
    words = make_tokenizer("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    config = transformers.Qwen3VLConfig(
        text_config=_text(words, head_dim=16, rope_parameters=_mrope([2, 3, 3])),
        vision_config={
            "depth": 2,
            "hidden_size": WIDTH,
            "intermediate_size": 2 * WIDTH,
            "num_heads": HEADS,
            "out_hidden_size": WIDTH,
            "patch_size": 16,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
        **_numbers(words, vision_start_token_id="<|vision_start|>", vision_end_token_id="<|vision_end|>"),
    )
    images = transformers.Qwen2VLImageProcessorPil(size=_sizes(32), patch_size=16)
    chat = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    return _save(folder, transformers.Qwen3VLForConditionalGeneration(config), words, images, chat)


def make_internvl(folder: Path) -> Path:
    words = make_tokenizer(
        "<img>",
        "</img>",
        "<IMG_CONTEXT>",
        "<video>",
        extra_special_tokens={
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
        },
    )
    config = transformers.InternVLConfig(
        text_config={"model_type": "qwen2", **_text(words)},
        vision_config={
            "hidden_size": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 2 * WIDTH,
            "image_size": [28, 28],
            "patch_size": [7, 7],
        },
        image_token_id=_id(words, "<IMG_CONTEXT>"),
        downsample_ratio=0.5,
    )
    images = transformers.GotOcr2ImageProcessorPil(
        size={"height": 28, "width": 28}, crop_to_patches=True, max_patches=2
    )
    chat = CHAT.replace("IMAGE", "<IMG_CONTEXT>\n")
    model = transformers.InternVLForConditionalGeneration(config)
    return _save(folder, model, words, images, chat, image_seq_length=4)


def make_smolvlm(folder: Path) -> Path:
    words = make_tokenizer(
        "<fake_token_around_image>",
        "<image>",
        "<global-img>",
        "<end_of_utterance>",
        *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)),
    )
    config = transformers.SmolVLMConfig(  # type: ignore[call-arg]  # pad_token_id goes to its base class
        text_config={"model_type": "llama", **_text(words)},
        vision_config={
            "hidden_size": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 2 * WIDTH,
            "image_size": 32,
            "patch_size": 8,
        },
        image_token_id=_id(words, "<image>"),
        scale_factor=2,
        pad_token_id=words.pad_token_id,
    )
    images = transformers.SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
    )
    chat = CHAT.replace("IMAGE", "<image>")
    model = transformers.SmolVLMForConditionalGeneration(config)
    return _save(folder, model, words, images, chat, image_seq_len=4)


def make_blip2(folder: Path) -> Path:
    words = make_tokenizer("<image>")
    config = transformers.Blip2Config(
        vision_config={
            "hidden_size": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 2 * WIDTH,
            "image_size": 28,
            "patch_size": 14,
            "initializer_range": 0.02,
        },
        qformer_config={
            "vocab_size": len(words),
            "hidden_size": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "intermediate_size": 2 * WIDTH,
            "encoder_hidden_size": WIDTH,
        },
        text_config={
            "model_type": "opt",
            "vocab_size": len(words),
            "hidden_size": WIDTH,
            "ffn_dim": 2 * WIDTH,
            "word_embed_proj_dim": WIDTH,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "max_position_embeddings": 512,
            "pad_token_id": words.pad_token_id,
            "bos_token_id": words.eos_token_id,
            "eos_token_id": words.eos_token_id,
        },
        num_query_tokens=4,
        image_token_index=_id(words, "<image>"),
    )
    images = transformers.BlipImageProcessorPil(size={"height": 28, "width": 28})
    return _save(
        folder, transformers.Blip2ForConditionalGeneration(config), words, images, None, num_query_tokens=4
    )


def make_llava(folder: Path) -> Path:
    """Not one of those that are asked for: the only kind that the library's own server loads without torchvision."""
    words = make_tokenizer("<image>")
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**_text(words)),
        vision_config=transformers.CLIPVisionConfig(
            hidden_size=WIDTH,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=2 * WIDTH,
            image_size=28,
            patch_size=14,
        ),
        image_token_index=_id(words, "<image>"),
    )
    images = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}
    )
    chat = CHAT.replace("IMAGE", "<image>")
    options = {
        "patch_size": 14,
        "vision_feature_select_strategy": "default",
        "num_additional_image_tokens": 1,
        "processor_class": "LlavaProcessor",
    }
    model = transformers.LlavaForConditionalGeneration(config)
    return _save(folder, model, words, images, chat, **options)


MAKERS: dict[str, Callable[[Path], Path]] = {
    "qwen2.5-vl": make_qwen2_5_vl,
    "qwen3-vl": make_qwen3_vl,
    "internvl": make_internvl,
    "smolvlm": make_smolvlm,
    "blip-2": make_blip2,
}


def make_tokenizer(*special: str, **named: Any) -> PreTrainedTokenizerFast:
    """Bytes as words, so that any text can be read and written; `special` ones besides."""
    vocabulary = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>", *special],
        **named,
    )


def _text(words: PreTrainedTokenizerFast, **changes: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(words),
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "max_position_embeddings": 8192,
        "pad_token_id": words.pad_token_id,
        "bos_token_id": words.eos_token_id,
        "eos_token_id": words.eos_token_id,
        **changes,
    }


def _mrope(sections: list[int]) -> dict[str, Any]:
    return {"rope_type": "default", "mrope_section": sections, "rope_theta": 10_000.0}


def _id(words: PreTrainedTokenizerFast, token: str) -> int:
    number = words.convert_tokens_to_ids(token)
    assert isinstance(number, int)
    return number


def _numbers(words: PreTrainedTokenizerFast, **named: str) -> dict[str, Any]:
    names = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>", **named}
    return {key: _id(words, token) for key, token in names.items()}


def _sizes(side: int) -> dict[str, int]:
    """Pixels of a picture: between one and eight squares of `side`."""
    return {"shortest_edge": side**2, "longest_edge": 8 * side**2}


def _save(
    folder: Path,
    model: transformers.PreTrainedModel,
    words: PreTrainedTokenizerFast,
    images: Any,
    chat: str | None,
    **processor: Any,
) -> Path:
    """Weights drawn wide enough for answers to depend on the pictures."""
    import json

    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.3)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    images.save_pretrained(folder)
    if chat is not None:
        (folder / "chat_template.jinja").write_text(chat)
    if processor:
        (folder / "processor_config.json").write_text(json.dumps(processor))
    return folder


def settings(folder: Path | str, **changes: Any) -> TransformersBrainSettings:
    """Of a brain that runs a checkpoint in this process."""
    return TransformersBrainSettings.model_validate(
        {"backend": "transformers", "model": str(folder), "device": "cpu", "max_new_tokens": 6, **changes}
    )
