"""From a built folder to the Hub: the check, the push, and what the user is told of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_script.preflight import check_files, files_to_push
from dataset_script.private_text import PrivateTextSearch, own_texts
from dataset_script.push_config import PushSettings
from dataset_script.retrying import retried

if TYPE_CHECKING:
    from dataset_script.push import PushReport


def can_ask_the_hub(push: PushSettings, tell: Callable[[str], None]) -> bool:
    """Whether there is a token that the Hub knows, before any work is done; InputError if a push can't go without."""
    from dataset_script.hub import HubDataset, has_token, quiet_libraries

    quiet_libraries(bars=sys.stderr.isatty())
    if push.dry_run and not has_token():
        tell("no token for the Hub (HF_TOKEN or hf auth login): everything is checked here, the Hub is not asked")
        return False
    user = retried(HubDataset(push.repo_id).user, tell)
    tell(f"to be pushed to {push.repo_id} with the token of {user}")
    return True


def push_folder(
    folder: Path, runs: Path, push: PushSettings, tell: Callable[[str], None], *, ask_the_hub: bool = True
) -> str:
    """Check the folder, push it, and say what was done; RUNS is a path that must not be published."""
    from dataset_script.hub import HubDataset
    from dataset_script.push import local_files
    from dataset_script.push import push as push_files

    files = files_to_push(folder)
    tell(f"looking through {len(files)} files for what must not be published")
    check_files(files, PrivateTextSearch(own_texts(runs, folder), push.allow))
    found = local_files(files)
    if not ask_the_hub:
        size = sum(file.size for file in found.values())
        return (
            f"dry run, nothing was sent: {len(found)} files ({size:,} bytes) may go to {push.repo_id}\n"
            "  the Hub was not asked: what the repository holds, and whether you may write there, is not known"
        )
    return report_text(push_files(found, HubDataset(push.repo_id), push, tell), push)


def report_text(report: PushReport, push: PushSettings) -> str:
    """What was sent, or would have been."""
    add, delete = report.changes.add, report.changes.delete
    sent = f"{len(add)} of {report.files} files ({report.changed_bytes:,} bytes)"
    if report.commit is None:
        lines = [f"dry run, nothing was sent to {report.url}", f"  would send    {sent}"]
    elif report.changes:
        lines = [f"pushed {report.url}", f"  sent          {sent}, in one commit"]
    else:
        lines = [f"{report.url} holds this folder already: nothing sent, no commit"]
    lines += [f"  {'would delete' if report.commit is None else 'deleted':<13} {name}" for name in delete]
    if report.commit is not None:
        lines.append(f"  commit        {report.commit}, read back: every file equal")
        lines.append(f"  tag           {report.tag}")
        lines.append(f'load it: datasets.load_dataset("{push.repo_id}", revision="{report.tag}")')
    else:
        lines.append(f"  would tag     {report.tag}")
    return "\n".join(lines)
