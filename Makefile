# 顧客ポートフォリオ: 「make help」で一覧 / customer portfolio: `make help` lists the targets.
# Every target does its own set-up first; everything runs from .venv in this folder.

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast durations bench check lock golden gallery grades clean python ready-demo ready-check ready-test

# The first Python on this machine that is new enough; `make PYTHON=/path/to/python3.12 demo` overrides.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
DEMO := out/demo
BOOK := $(DEMO)/portfolio_sample.xlsx
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group install

help: ## この一覧 / this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## (.*)$$/  make \1\t\2/' | expand -t 18

setup: ready-test ## 準備だけを行う / set up only (.venv, dependencies, system packages)

demo: ready-demo ## 見本を作り採点し報告書にする / build the sample, score it, render the report into out/demo/
	@mkdir -p $(DEMO)
	@$(BIN)/python -m workbooks build --out $(DEMO)
	@$(BIN)/portfolio score $(BOOK) --no-store --out $(DEMO)
	@$(BIN)/portfolio-report render $(BOOK) --lang both --out $(DEMO)
	@echo "できました / done:"
	@for f in report.ja.pdf report.ja.html report.en.pdf report.en.html customers.csv $(notdir $(BOOK)); do \
		test -s "$(DEMO)/$$f" || { echo "ありません / missing: $(DEMO)/$$f" >&2; exit 1; }; echo "  $(CURDIR)/$(DEMO)/$$f"; done

test: ready-test ## すべての試験 / all the tests (TESTS="-k rfm" narrows them)
	@$(BIN)/python tools/tiers.py $(TESTS)

test-fast: ready-test ## 短時間で済む試験だけ(日々の作業用)/ the quick tests only, for everyday work
	@$(BIN)/python tools/tiers.py --fast $(TESTS)

durations: ready-test ## すべての試験の所要時間を測り直す / measure anew how long the tests take
	@$(BIN)/python tools/tiers.py --measure

bench: ready-test ## 性能の比 / the performance ratios
	@$(BIN)/python benchmarks/run.py

check: ready-check ## 静的検査: ruff, mypy, import-linter / static checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: ready-check ## 依存ライブラリの版を固定し直す / pin the dependencies anew
	@$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --constraint requirements.lock --output-file requirements-runtime.lock pyproject.toml

golden: ready-test demo ## 生成して保存しているファイルを作り直す / renew the generated files that are kept
	@$(BIN)/python -m addin.packaging.oxt.typelib
	@$(BIN)/python -m addin.commands.reference
	@for lang in ja en; do for page in 1 4; do \
		pdftoppm -png -r 60 -singlefile -f $$page -l $$page $(DEMO)/report.$$lang.pdf docs/images/report.$$lang.$$page; done; done
	@$(BIN)/python tools/pictures.py docs/images

gallery: ready-test ## 報告書5種の全ページの画像を作り直す / renew the pictures of every page of five reports
	@$(BIN)/python tools/gallery.py docs/gallery

grades: ready-test ## 判定の成績表(docs/grades)の表と図を作り直す / renew the tables and pictures of docs/grades
	@$(BIN)/python tools/grades.py

clean: ## 作ったものを消す(.venv も)/ remove everything that was made, .venv included
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { \
		echo "エラー: Python 3.11 以上が見つかりません。次で導入できます: sudo apt-get install python3"; \
		echo "Error: no Python 3.11 or newer was found. To install it: sudo apt-get install python3"; exit 1; } >&2

ready-demo: python
	@"$(PYTHON)" tools/setup.py demo

ready-check: python
	@"$(PYTHON)" tools/setup.py check

ready-test: python
	@"$(PYTHON)" tools/setup.py test
