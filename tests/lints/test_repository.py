import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

from schemas import metrics, topics
from tests.lints.repository import ROOT, product_modules, text_files

_REGISTRY_HOSTS = (
    ("pypi", "org"), ("pythonhosted", "org"), ("maven", "org"), ("maven.apache", "org"), ("npmjs", "org"),
    ("npmjs", "com"), ("yarnpkg", "com"), ("npmmirror", "com"), ("tuna.tsinghua.edu", "cn"), ("aliyun", "com"),
    ("proxy.golang", "org"), ("crates", "io"), ("rubygems", "org"),
)  # fmt: skip
REGISTRY = re.compile("|".join(re.escape(f"{name}.{end}") for name, end in _REGISTRY_HOSTS))
UNFINISHED = re.compile(r"\b(" + "todo|fixme|xxx|hack".upper() + r")\b")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
CODE = re.compile(r"CAMP-\d{3}")
LOCKS = ROOT / "deploy" / "locks"


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    assert [f"{path}: {match[0]}" for path, text in text_files() if (match := REGISTRY.search(text))] == []


def test_nothing_unfinished_is_left_behind() -> None:
    assert [f"{path}: {match[0]}" for path, text in text_files() if (match := UNFINISHED.search(text))] == []


def test_every_locked_package_has_a_version_and_hashes() -> None:
    locks = sorted(LOCKS.glob("*.txt"))
    packages = [
        f"{lock.name}: {entry.split()[0]}"
        for lock in locks
        for entry in _requirements(lock)
        if "==" not in entry.split()[0] or not HASH.search(entry)
    ]
    assert locks
    assert packages == []


def _requirements(lock: Path) -> list[str]:
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def test_every_jar_is_pinned_by_its_hash() -> None:
    lines = [
        line
        for line in (LOCKS / "kafka-jars.lock").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+ [0-9a-f]{64}", line)] == []


def test_every_declared_metric_and_topic_is_used() -> None:
    declared = {
        name: module.__name__
        for module in (metrics, topics)
        for name, value in vars(module).items()
        if isinstance(value, metrics.Metric | topics.Topic)
    }
    used = {
        name
        for path, tree in product_modules()
        if path.name not in {"metrics.py", "topics.py"} or path.parent.name != "schemas"
        for node in ast.walk(tree)
        for name in [getattr(node, "id", getattr(node, "attr", ""))]
    }
    assert sorted(set(declared) - used) == []


def test_every_error_code_belongs_to_one_error_and_is_explained() -> None:
    owners = defaultdict(list)
    for path, tree in product_modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for code in _codes_of(node):
                    owners[code].append(f"{path}:{node.name}")
    explained = Counter(re.findall(r"^\| `(CAMP-\d{3})`", (ROOT / "docs/errors.md").read_text("utf-8"), re.MULTILINE))
    assert {code: names for code, names in owners.items() if len(names) > 1} == {}
    assert sorted(set(_codes_in_source()) - set(explained)) == []
    assert sorted(set(explained) - set(_codes_in_source())) == []
    assert [code for code, times in explained.items() if times > 1] == []


def _codes_of(node: ast.ClassDef) -> list[str]:
    return [
        statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "code" for target in statement.targets)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ]


def _codes_in_source() -> list[str]:
    return [
        match
        for _, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for match in CODE.findall(node.value)
    ]


def test_names_of_test_files_are_unique_because_they_are_imported_by_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
