"""Makes lora_metadata.json: LoRAs of several settings as diffusers and PEFT write them, and how strong they read them.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0 diffusers==0.42.1 peft==0.21.2 transformers==5.11.0
    venv/bin/python make_lora_metadata.py > lora_metadata.json

Of each case the metadata's text as save_lora_weights leaves it, and of some layers the rank and the factor that up down
is multiplied with once load_lora_weights has read the file again.
"""
import json
import tempfile

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors import safe_open
from transformers import CLIPTextConfig, CLIPTextModel

LAYERS = ["to_q", "to_k", "to_v", "to_out.0"]
KEPT = ("unet.down_blocks.0.attentions.0.", "unet.mid_block.", "text_encoder.")
CASES = {
    "alpha_over_rank": {"unet": dict(r=4, lora_alpha=8)},
    "patterns": {
        "unet": dict(
            r=4,
            lora_alpha=8,
            rank_pattern={"attn2.to_k": 2, "^mid_block.attentions.0.transformer_blocks.0.attn1.to_q": 6},
            alpha_pattern={"attn1.to_v": 3, "mid_block.attentions.0.transformer_blocks.0.attn2.to_q": 1, "to_k": 5},
        )
    },
    "root_of_rank": {"unet": dict(r=4, lora_alpha=8, use_rslora=True)},
    "both_networks": {
        "unet": dict(r=4, lora_alpha=2),
        "text_encoder": dict(r=2, lora_alpha=6, alpha_pattern={"layers.1.self_attn.q_proj": 9}),
    },
}


def pipeline():
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8, cross_attention_dim=64, attention_head_dim=4, block_out_channels=(32, 64, 128, 128), norm_num_groups=32
    )
    text = CLIPTextModel(
        CLIPTextConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4)
    )
    return StableDiffusionPipeline(
        vae=AutoencoderKL(),
        text_encoder=text,
        tokenizer=None,
        unet=unet,
        scheduler=DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def strengths(network, prefix):
    found = {}
    for name, module in network.named_modules():
        if getattr(module, "scaling", None) and f"{prefix}.{name}".startswith(KEPT):
            (adapter,) = module.scaling
            found[f"{prefix}.{name}"] = {"rank": module.lora_A[adapter].weight.shape[0], "factor": module.scaling[adapter]}
    return found


def case(configs):
    written = pipeline()
    layers = {}
    metadata = {}
    for prefix, settings in configs.items():
        targets = LAYERS if prefix == "unet" else ["q_proj", "v_proj"]
        config = LoraConfig(target_modules=targets, **settings)
        network = getattr(written, prefix)
        network.add_adapter(config)
        layers[f"{prefix}_lora_layers"] = get_peft_model_state_dict(network)
        metadata[f"{prefix}_lora_adapter_metadata"] = config.to_dict()
    with tempfile.TemporaryDirectory() as folder:
        StableDiffusionPipeline.save_lora_weights(folder, **layers, **metadata)
        with safe_open(f"{folder}/pytorch_lora_weights.safetensors", "pt") as file:
            text = file.metadata()["lora_adapter_metadata"]
        read = pipeline()
        read.load_lora_weights(folder)
    all_strengths = strengths(read.unet, "unet") | strengths(read.text_encoder, "text_encoder")
    return {"lora_adapter_metadata": text, "strengths": all_strengths}


print(json.dumps({name: case(configs) for name, configs in CASES.items()}, indent=1, sort_keys=True))
