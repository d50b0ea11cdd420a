"""Understanding one message, beside a number matcher and a keyword list."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import resource
import subprocess
import sys
import time

from bench.cpu import Spread, each
from bot.model_file import shipped_weights
from nlu.language import detect_language
from nlu.model import Model, model_of
from nlu.types import BUILT_IN_FIELDS
from nlu.understand import understand

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
OPENINGS = ("", "hi ", "Hello, ", "hey there, just so you know ", "你好，", "麻烦问一下 ")
MESSAGES = (
    "I moved to 12 Oak Street last week",
    "my new number is 217 555 0142",
    "where is my order 00045873?",
    "could you change my email to ann.lee@example.com please",
    "I lost my phone yesterday and now I cannot log in, what should I do?",
    "what time do you open on sundays",
    "thanks a lot!",
    "we have moved house, it's flat 3, 9 Hill Road, London N1 9GU from 1 March",
    "my friend moved to Berlin",
    "I want to change my details",
    "我换手机号了，新的是13800001234",
    "请问你们几点关门",
    "我们搬到上海市浦东新区世纪大道100号3号楼502室了",
    "我的邮箱改成 wang@example.com",
    "手机丢了怎么办",
    "我想改一下资料",
    "谢谢",
    "快递什么时候到啊，都等了三天了",
)


def shipped() -> Model:
    """Understanding as it is shipped."""
    return model_of(BUILT_IN_FIELDS, (), shipped_weights())


def measure() -> Spread:
    """Milliseconds of CPU per message over a mixed stream."""
    model = shipped()
    stream = [opening + message for opening, message in itertools.product(OPENINGS, MESSAGES)] * 20
    random.Random(1).shuffle(stream)  # noqa: S311 - order of a measurement

    def read(text: str) -> object:
        return understand(text, now=NOW, model=model)

    return each(read, stream)


def messages() -> list[tuple[str, str]]:
    """The messages with their languages, for the peers."""
    texts = [opening + message for opening, message in itertools.product(OPENINGS, MESSAGES)]
    return [(text, detect_language(text, None).value) for text in texts]


def ready() -> tuple[float, float]:
    """Seconds of CPU from the start of Python to the first understanding in each language, and megabytes."""
    code = (
        "import datetime as d\n"
        "from bot.model_file import shipped_weights\nfrom nlu.model import model_of\n"
        "from nlu.types import BUILT_IN_FIELDS\nfrom nlu.understand import understand\n"
        "m, n = model_of(BUILT_IN_FIELDS, (), shipped_weights()), d.datetime.now(d.UTC)\n"
        "understand('I moved to 12 Oak Street', now=n, model=m)\n"
        "understand('我们搬到上海市浦东新区了', now=n, model=m)\n"
        # its own high-water mark: ru_maxrss would count the process that started it
        "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024)\n"
    )
    empty, _ = _child("print(0)")
    best = min(_child(code) for _ in range(3))
    return best[0] - empty, best[1]


def _child(code: str) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, float(done.stdout)


def linear() -> float:
    """How many times the cost of 1,024 characters 4,096 cost; 4 is linear."""
    model = shipped()
    text = "I told you last week that we would be moving and nobody wrote it down. "

    def cost(length: int) -> float:
        long = (text * (length // len(text) + 1))[:length]
        start = time.thread_time_ns()
        for _ in range(10):
            understand(long, now=NOW, model=model)
        return (time.thread_time_ns() - start) / 10

    cost(1024)
    return cost(4096) / cost(1024)
