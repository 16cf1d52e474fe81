#!/bin/sh
# Serve a checkpoint on this machine: serve.sh CHECKPOINT [PORT] [NAME]
# With vLLM where it is installed, else with transformers (which ignores response_format: ask with agent.structured=none,
# and which calls the model by its folder). PYTHON=... chooses the environment.
set -eu
checkpoint=$1 port=${2:-8000} name=${3:-tiny} python=${PYTHON:-python}
export HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1 VLLM_CPU_KVCACHE_SPACE="${VLLM_CPU_KVCACHE_SPACE:-1}"
if "$python" -c 'import vllm' 2>/dev/null; then
    echo "serving $checkpoint as $name with vLLM" >&2
    # The module, not the `vllm` command: a CPU build under another distribution's name has no working command.
    exec "$python" -m vllm.entrypoints.openai.api_server --model "$checkpoint" --served-model-name "$name" \
        --host 127.0.0.1 --port "$port" --dtype float32 --max-model-len 1024 --max-num-seqs 32 --enforce-eager
fi
echo "serving $checkpoint with transformers" >&2
exec "$(dirname "$("$python" -c 'import sys; print(sys.executable)')")/transformers" serve "$checkpoint" \
    --host 127.0.0.1 --port "$port" --device cpu
