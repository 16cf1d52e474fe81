"""`python -m dataset_script` and the console script eevee-build."""

from __future__ import annotations

import sys
from typing import Final

from collector.command_line import run_with_usage

USAGE: Final = """\
usage: python -m dataset_script [key=value ...] [--dry-run] [--debug]

Build the dataset folder from recorded and rated sessions; load_dataset reads it as it is.
With push.repo_id it then goes to the Hugging Face Hub, whole and in one commit.

  runs=DIR            recorded sessions (default: runs)
  output=DIR          the dataset folder, replaced when the build ends well (default: dataset)
  skip_damaged=true   leave out sessions whose files are damaged, instead of ending the build
  score_source=NAME   auto, human or judge: whose scores filter (default: auto)
  min_score=N         sessions below it are not trained on (default: 6)
  split_by=NAME       start, task or session: what is kept whole within a split (default: start)
  prompt=NAME         wording of the prompts, a file of configs/prompt (default: default)
  obs=NAME            image or image+memory: what a prompt shows (default: image)
  image_scale=N       enlarge pictures by a whole number (default: 1)
  history=N           screens in a prompt, the newest last (default: 1)
  curation.KEY=VALUE  thin out and balance train: caps, repetitions, history dropout, weights (docs/curation.md)
  lint=off            build rows that the gate would refuse (docs/gate.md); the card says so
  export=[NAME,...]   the configs to build (default: sft,heldout,instruct,steps,sessions,scores)
                      on demand: chat, chat_windows, dpo, kto, grpo; JSON lines beside the folder: spec, openai,
                      mistral, llamafactory, vllm_batch (docs/exports.md)
  target=expert       train on the expert's answers wherever a player stood (needs python -m collector.relabel)
  branches=DIR        run tree of python -m collector.branch, evidence for dpo and kto
  picture_format=webp encode pictures again, without loss
  images=thin         no pictures: to be played again by python -m dataset_script.rematerialize

  push.repo_id=user/name     push the folder there; the token comes from HF_TOKEN or `hf auth login`
  push.private=false         make the repository public (default: private)
  push.dry_run=true          or --dry-run: check everything, say what would be sent, send nothing
  push.rights="..."          why screens of a game that is not the bundled cartridge may be published
  push.tag=NAME              the version's tag (default: content-DIGEST)
  push.feedback=true         publish what people wrote about sessions (default: left out)
  push.raters=names          publish names of people who rated (default: salted)

All keys: configs/build.yaml; the result of your overrides: --cfg job.
exit codes: 0 done, 1 the build failed, 2 bad input, 130 interrupted
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    return run_with_usage(USAGE, _build, argv)


def _build(arguments: list[str]) -> int:
    from collector.hydra_front import run_hydra
    from dataset_script.command import build_from

    overrides = ["push.dry_run=true" if argument == "--dry-run" else argument for argument in arguments]
    return run_hydra("build", build_from, overrides)


if __name__ == "__main__":
    sys.exit(main())
