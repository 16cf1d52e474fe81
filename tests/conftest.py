"""Every test runs offline with Hugging Face folders of its own; set before datasets or huggingface_hub is imported."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

_HOME = tempfile.mkdtemp(prefix="eevee-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

os.environ.update(
    HF_HOME=_HOME,
    HF_DATASETS_CACHE=os.path.join(_HOME, "datasets"),
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_XET="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_DATASETS_DISABLE_PROGRESS_BARS="1",
)
for _key in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "HF_TOKEN", "HF_ENDPOINT"):
    os.environ.pop(_key, None)

# A busy machine is no fault of what is tested, and a test that fails fails again.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.load_profile("untimed")
