"""The floor: bare Flask and psycopg. One insert for a report, and nothing else."""

import os
import threading

import psycopg
from flask import Flask, request

app = Flask(__name__)
_local = threading.local()


def connection() -> psycopg.Connection:
    """Return this thread's own connection."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["BARE_DATABASE_URL"], autocommit=True)
    return _local.connection


@app.post("/report")
def report() -> tuple[str, int]:
    form = request.form
    connection().execute(
        "insert into bare_report (unit, category, what_happened, physical_harm) values (%s, %s, %s, %s)",
        (form["unit"], form["category"], form["what_happened"], form["physical_harm"]),
    )
    return "", 303
