"""Does with the examples what Airflow would: drive.py dag MODULE, mapped MODULE FOLDER PROGRAM,
bash PIPELINE OPTION..., pod PIPELINE OPTION...

The last line it prints is what came of it, as JSON.
"""

import importlib
import json
import os
import shutil
import sys
from types import SimpleNamespace

from stub import DAG, AirflowFailException, AirflowSkipException, Mapped, XComArg


def context():
    """A run with a logical date, or one without (STUB_NO_DATE), as Airflow 3 has them."""
    run_id, ts = "scheduled__2026-11-23T06:00:00+00:00", "2026-11-23T06:00:00+00:00"
    variables = {"AIRFLOW_CTX_DAG_ID": "a", "AIRFLOW_CTX_TASK_ID": "run", "AIRFLOW_CTX_DAG_RUN_ID": run_id}
    known = {"run_id": run_id, "airflow_vars": variables}
    if "STUB_NO_DATE" not in os.environ:
        third = any("airflow3" in p for p in sys.path)
        variables["AIRFLOW_CTX_LOGICAL_DATE" if third else "AIRFLOW_CTX_EXECUTION_DATE"] = ts
        known["ts"] = ts
    secret = SimpleNamespace(login="login-of-connection", password="password-of-connection")
    return known | {"conn": SimpleNamespace(axisync_salesforce=secret, axisync_fincome=secret)}


def run(operator):
    c = context()
    operator.render_template_fields(c)
    outcome = {}
    try:
        outcome = {"state": "success", "xcom": operator.execute(c)}
    except AirflowSkipException:
        outcome = {"state": "skipped"}
    except AirflowFailException as e:
        outcome = {"state": "failed", "why": str(e)}
    except Exception as e:
        outcome = {"state": "up_for_retry", "why": str(e)}
    if "pushed" in c:
        outcome["pushed"] = c["pushed"]
    return outcome


def described(module):
    dag = importlib.import_module(module).dag
    tasks = []
    for t in dag.tasks:
        operator = t.operator if isinstance(t, Mapped) else type(t)
        settings = dag.default_args | (t.partial if isinstance(t, Mapped) else vars(t))
        tasks.append({
            "operator": operator.__name__, "task_id": settings["task_id"], "retries": settings["retries"],
            "minutes": settings["retry_delay"].total_seconds() / 60,
            "hours": settings["execution_timeout"].total_seconds() / 3600,
            "mapped": sorted(t.mapped) if isinstance(t, Mapped) else [],
        })
    return {"dag_id": dag.dag_id, "catchup": dag.catchup, "max_active_runs": dag.max_active_runs, "tasks": tasks}


def mapped(module, folder, program):
    """Runs every task that a folder is mapped to."""
    example = importlib.import_module(module)
    example.FOLDER = type(example.FOLDER)(folder)
    outcomes = {}
    for operator in example.dag.tasks[0].unmap():
        if hasattr(operator, "image"):
            operator.image = program
        outcomes[operator.pipeline] = run(operator)
    return outcomes


def main(verb, name, *more):
    import axisync_operators as own

    if verb == "dag":
        return described(name)
    if verb == "mapped":
        return mapped(name, *more)
    task = {"task_id": "run", "pipeline": name, "options": list(more)}
    if verb == "bash":
        return run(own.AxisyncOperator(**task))
    return run(own.AxisyncPodOperator(**task, image=shutil.which("axisync")))


print(json.dumps(main(*sys.argv[1:])))
