"""The gallery as an application, as a server, and seen through real Chromium."""

import importlib.util
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
from flask import Flask
from werkzeug.serving import make_server


@pytest.fixture(scope="session")
def gallery_module() -> ModuleType:
    path = Path(__file__).parent / "gallery" / "gallery.py"
    spec = importlib.util.spec_from_file_location("throughline_gallery", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def gallery(gallery_module: ModuleType) -> Flask:
    app: Flask = gallery_module.create_gallery()
    return app


@pytest.fixture(scope="session")
def gallery_address(gallery: Flask) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, gallery, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
