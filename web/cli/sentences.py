"""What goes wrong, as one sentence on standard error and an exit status."""

from __future__ import annotations

import re
import sys
from typing import Any, NoReturn

import click
from click import exceptions

BAD_INPUT, FAILURE = 2, 1
_EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)")


class Sentences(click.Group):
    """A group whose errors are sentences: status 2 for bad input, 1 for a failure."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **extra)
        try:
            status = super().main(*args, standalone_mode=False, **extra)
        except exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(BAD_INPUT)
        except click.Abort:
            _end("已中断。", FAILURE)
        except click.ClickException as error:
            _end(f"错误：{_usage(error)}", BAD_INPUT)
        except BrokenPipeError:  # whoever read our output has seen enough
            sys.stderr.close()
            sys.exit(FAILURE)
        except Exception as error:
            from .failures import told  # knows every package; a command that succeeds need not

            if (found := told(error)) is None:
                raise
            _end(*found)
        sys.exit(status if isinstance(status, int) else 0)


def _end(sentence: str, status: int) -> NoReturn:
    print(printable(sentence), file=sys.stderr)
    sys.exit(status)


def printable(text: str) -> str:
    """The text without what no terminal can show (bytes of an argument that are no UTF-8)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _usage(error: click.ClickException) -> str:
    """What was wrong with the command line, and where its help is."""
    context = getattr(error, "ctx", None)
    help_ = f"；用法见 {context.command_path} --help。" if context else "。"
    return _what(error).rstrip("。.") + help_


def _what(error: click.ClickException) -> str:
    if isinstance(error, exceptions.NoSuchOption):
        return f"没有 {error.option_name} 这个选项"
    if isinstance(error, exceptions.NoSuchCommand):
        return f"没有 {error.command_name} 这个命令"
    if isinstance(error, click.MissingParameter):
        return f"缺少 {_name(error)}"
    if isinstance(error, click.BadParameter):
        return f"{_name(error)} 的值不对{_expected(error)}"
    if isinstance(error, exceptions.BadOptionUsage):
        return f"{error.option_name} 用得不对"
    if (found := _EXTRA.search(error.format_message())) is not None:
        return f"多出了 {found[1]}"
    return f"命令写得不对（{error.format_message()}）"


def _name(error: click.BadParameter) -> str:
    param = error.param
    if param is None:
        return "参数"
    return param.opts[0] if isinstance(param, click.Option) else str(param.make_metavar(error.ctx))


def _expected(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        return f"，应为 {kind.min} 到 {kind.max} 的整数"
    if isinstance(kind, click.Choice):
        return f"，可选：{'、'.join(map(str, kind.choices))}"
    return f"（{error.message}）"
