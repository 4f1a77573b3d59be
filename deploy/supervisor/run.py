"""Runs a deployment in the foreground until somebody asks for its end."""

import time
from collections.abc import Callable

from deploy.configuration.settings import Settings
from deploy.supervisor.crew import Say, StopRequestedError
from deploy.supervisor.deployment import Deployment
from deploy.supervisor.signals import StopSignals

POLL_S = 0.2


def run_deployment(settings: Settings, *, on_ready: Callable[[Deployment], None], say: Say) -> int:
    """Start, call ``on_ready``, keep everything alive, and stop at SIGTERM or Ctrl-C; a second signal forces the end.

    Args:
        settings: the deployment's settings.
        on_ready: called in this thread once everything is ready; it may add processes of its own. If it takes long it
            should call the deployment's ``poll`` meanwhile and end early when the deployment's ``is_stopping`` says so.
        say: is told of progress, in lines for people.

    Returns:
        130 after Ctrl-C, 0 after SIGTERM.

    Raises:
        CampanileError: the deployment could not be started; nothing of it is left.
    """
    with StopSignals() as signals:
        deployment = Deployment(settings, is_stopping=signals.is_set)
        signals.on_second = deployment.kill
        try:
            deployment.start(say)
            on_ready(deployment)
            while not signals.is_set():
                deployment.poll()
                time.sleep(POLL_S)
        except StopRequestedError:
            pass  # what was started so far is stopped below
        finally:
            say("正在停止 / stopping …")
            clean = deployment.stop()
            say("已停止 / stopped" if clean else "已停止（有进程被强制结束）/ stopped; some processes had to be killed")
        return signals.exit_code
