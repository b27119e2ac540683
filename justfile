# The commands of this repository, by name; CI calls the same. `just` comes with `pip install --editable '.[test,dev]'`,
# and `.venv/bin/just` alone lists what there is. PYTHON names another interpreter than that of .venv.

python := env("PYTHON", if os_family() == "windows" { ".venv/Scripts/python.exe" } else { ".venv/bin/python" })

set ignore-comments

[private]
list:
    @"{{ just_executable() }}" --list --unsorted

# Lint and format, as they are asked for
lint:
    "{{ python }}" -m ruff check .
    "{{ python }}" -m ruff format --check .

# Types of the package
types:
    "{{ python }}" -m mypy

# Every test
test *arguments:
    "{{ python }}" -m pytest {{ arguments }}

# The tests that need neither a process of their own nor much time
test-fast *arguments:
    "{{ python }}" -m pytest -m "not slow" {{ arguments }}

# Whether what is made from data is current: pages, and what the program starts with
docs:
    "{{ python }}" docs/generate.py --check

# Write what is made from data anew
write-docs:
    "{{ python }}" docs/generate.py

# The pages of docs/ and the explorer as a site, in build/site
site:
    "{{ python }}" -m pip install --quiet --editable '.[site]'
    "{{ python }}" docs/site/build_site.py

# Write the golden files anew; read the difference before you commit it
golden *arguments:
    "{{ python }}" -m pytest -m golden --update-golden {{ arguments }}

# Wheel and source distribution, in dist/
package:
    "{{ python }}" -m hatchling build -d dist

# Whether version, changelog and addresses are fit for a release under a tag such as v1.0.0
release tag:
    "{{ python }}" .ci/release.py "{{ tag }}"

# Every test, and bounds on what they reach; takes twice the time of the tests
coverage:
    "{{ python }}" -m pip install --quiet --editable '.[test,browser,kits,registry,coverage]'
    "{{ python }}" -m coverage erase
    COVERAGE_PROCESS_START="$PWD/pyproject.toml" COVERAGE_FILE="$PWD/.coverage" "{{ python }}" -m pytest
    "{{ python }}" -m coverage combine --quiet
    "{{ python }}" -m coverage report --skip-covered --fail-under=95
    # the same of branches alone, which the report counts together with lines
    "{{ python }}" -m coverage json --quiet -o - | "{{ python }}" -c 'import json, sys; reached = json.load(sys.stdin)["totals"]["percent_branches_covered"]; sys.exit(None if reached >= 95 else f"only {reached:.1f} % of branches are reached")'
    # and every branch of what decides a verdict
    "{{ python }}" -m coverage report --fail-under=100 --include='*/evaluation/*.py,*/gate/*.py'

# OSCAL reports and catalogs, as compliance-trestle reads them
trestle:
    "{{ python }}" -m pip install --quiet --editable '.[test,oscal]'
    "{{ python }}" -m pytest -n 0 tests/reporters/test_trestle.py

# The registry, with its extra: on thousands of random rows where AISAFE_EXHAUSTIVE is set
registry:
    "{{ python }}" -m pip install --quiet --editable '.[test,registry]'
    "{{ python }}" -m pytest -n 0 tests/registry

# A registry of so many rows with an engine (spark, ray or daft), whose counts are those of the command
scale engine rows="1000000":
    "{{ python }}" -m pip install --quiet --editable '.[registry]' {{ if engine == "ray" { "'ray[data]>=2.40'" } else { if engine == "spark" { "'pyspark>=4'" } else { "'daft>=0.5'" } } }}
    mkdir -p build/scale
    "{{ python }}" examples/scale/make_table.py {{ rows }} build/scale/models.parquet
    "{{ python }}" -m aisafe_cli registry check build/scale/models.parquet --keep repository --as-of 2026-11-22 --no-config --summary build/scale/summary.json --exit-zero
    "{{ python }}" examples/scale/with_{{ engine }}.py build/scale/models.parquet build/scale/summary.json

# Measure every figure of docs/performance.md, and write its tables and plots; takes some minutes
benchmark *arguments:
    "{{ python }}" -m venv build/benchmark
    build/benchmark/bin/python -m pip install --quiet --force-reinstall --no-deps .
    build/benchmark/bin/python -m pip install --quiet '.[registry]' yamllint check-jsonschema sourcemeta-jsonschema
    build/benchmark/bin/python benchmarks/run.py {{ arguments }}

# The command and the formats with the lowest versions of what the package depends on
lowest:
    "{{ python }}" -m venv --clear build/lowest
    build/lowest/bin/python -m pip install --quiet uv
    build/lowest/bin/uv pip install --quiet --python build/lowest --resolution lowest-direct --editable .
    build/lowest/bin/uv pip install --quiet --python build/lowest --editable '.[test]'
    build/lowest/bin/python -m pytest tests/cli/test_cli.py tests/reporters/test_formats.py

# Fuzz for some seconds: half of them the loaders, half the whole check
fuzz seconds="60":
    fuzz/run {{ seconds }}

# The playground, in build/site/playground/, after `site` a part of it; needs node and npm
playground:
    "{{ python }}" docs/playground/build.py

# Whether a browser prints what a terminal prints, for every plan of the tests; takes some minutes
playground-test *arguments:
    "{{ python }}" -m pip install --quiet --editable '.[test,browser]'
    AISAFE_PLAYGROUND=1 "{{ python }}" -m pytest -n 0 tests/project/test_playground.py {{ arguments }}
