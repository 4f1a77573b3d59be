"""The root command: global options, exit codes, and the one place where an error becomes words for a person."""

import os
import sys

import click

from deploy.cli.lazy import LazyGroup

EPILOG = """\b
Exit codes: 0 ok, 1 failure, 2 usage, 3 configuration, 4 a service cannot be reached, 5 data fault, 130 interrupted.
Data goes to stdout, talk to stderr. Settings: environment CAMPANILE_… over --config file over defaults.
"""

COMMANDS = {
    "demo": ("deploy.cli.demo", "a county's school morning on an embedded Kafka and store / 一个县的上学早晨"),
    "up": ("deploy.cli.up", "run the whole product, embedded or against given services / 启动全部服务"),
    "doctor": ("deploy.cli.doctor", "what is wrong with this machine and these settings / 体检"),
    "status": ("deploy.cli.status", "are the processes well, and how far behind / 运行状态"),
    "events": ("deploy.cli.events", "read the log / 查看事件日志"),
    "replay": ("deploy.cli.replay", "any morning again, at any speed / 回放"),
    "history": ("deploy.cli.history", "events of the past / 历史事件"),
    "export": ("deploy.cli.export", "events of the past as files / 导出历史事件"),
    "org": ("deploy.cli.org", "organisation facts from a file / 组织机构数据"),
    "token": ("deploy.cli.token", "issue and revoke tokens / 令牌"),
    "keys": ("deploy.cli.keys", "the keys that sign checkpoints and bundles / 签名密钥"),
    "proof": ("deploy.cli.proof", "prove and verify that nothing was altered / 证明"),
    "evidence": ("deploy.cli.evidence", "bundles that anybody can verify offline / 证据包"),
    "user": ("deploy.cli.user", "who may sign in / 用户"),
    "topics": ("deploy.cli.topics", "plan and apply the topics / 主题"),
    "migrate": ("deploy.cli.migrate", "plan and apply the store's migrations / 数据库迁移"),
    "privacy": ("deploy.cli.privacy", "erase a pupil, show receipts / 学生数据清除"),
    "retention": ("deploy.cli.retention", "what is kept, and what may go / 保留期限与证据保全"),
    "config": ("deploy.cli.config", "every setting, its value and its source / 配置"),
    "county": ("deploy.cli.county", "a simulated county alone: its facts, tokens and events / 模拟县"),
    "schema": ("deploy.cli.schema", "export and check the event schemas / 事件模式"),
    "bench": ("deploy.cli.bench", "measure speed, each figure beside its target / 性能测量"),
    "gateway": ("deploy.cli.role_gateway", "process role: takes events in / 接入网关"),
    "streams": ("deploy.cli.role_streams", "process role: folds the log into state / 流处理"),
    "archive": ("deploy.cli.role_archive", "process role: writes the log into the store / 归档"),
    "api": ("deploy.cli.role_api", "process role: answers people / 接口服务"),
    "kafka": ("deploy.cli.role_kafka", "process role: the embedded Kafka / 内置 Kafka"),
    "store": ("deploy.cli.role_store", "process role: the embedded store / 内置存储"),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="Settings file (TOML).")
@click.option("--debug", is_flag=True, help="Show the trace of an error.")
@click.version_option(package_name="campanile")
def cli(config_file: str | None, *, debug: bool) -> None:
    """Campanile（钟楼）: every member campus of a school consortium, seen live.

    \b
    campanile demo            a county's school morning, nothing else needed
    campanile up              the product itself
    campanile doctor          when something does not work
    """  # noqa: D301 — \b is click's mark for text that must not be re-wrapped
    if config_file:
        os.environ["CAMPANILE_CONFIG"] = config_file
    if debug:
        os.environ["CAMPANILE_DEBUG"] = "1"


def main() -> None:
    """Run the command line; errors that the product raises on purpose become a few lines and an exit code."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 — the top of the program; what nobody foresaw is raised again
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    """Say what happened, why, and what to do next; re-raise what nobody foresaw."""
    from schemas.errors import CampanileError  # noqa: PLC0415 — only a failing command pays for the import

    if not isinstance(error, CampanileError) or os.environ.get("CAMPANILE_DEBUG") == "1":
        raise error
    lines = [f"{error.code}  {error.message}"]
    lines += [f"  原因 / cause:  {error.cause}"] if error.cause else []
    lines += [f"  下一步 / next: {error.remedy}"] if error.remedy else []
    click.echo("\n".join(lines), err=True)
    return error.exit_code
