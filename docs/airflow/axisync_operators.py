"""axisync as tasks of Airflow 2.10 and 3: put this file beside the DAGs.

What each exit code becomes:

    0                    success, the result is the XCom of the task
    99                   skipped: there was nothing to write
    1, ended by a signal  failed, tried again as `retries` says
    2, 3, 4, 5, others   failed at once: a person has to act, another try cannot help
"""

from __future__ import annotations

import json
import shlex

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2 without the standard provider
    from airflow.operators.bash import BashOperator
try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # before Airflow 3.2
    from airflow.exceptions import AirflowFailException

NOTHING_CHANGED = 99

MEANINGS = {
    2: "configuration: the file, a name, an argument; or a damaged state",
    3: "authentication: a wrong secret, a revoked app; see axisync auth login",
    4: "stopped by a guard: look at it, then axisync apply; nothing was sent",
    5: "delivered, with new rejects or conflicts; see axisync rejects",
}


def is_final(code: int | None) -> bool:
    """Whether another try cannot help. None: it is not known how it ended."""
    if code in (None, 0, 1, NOTHING_CHANGED):
        return False
    by_signal = code < 0 or 128 < code <= 192
    return not by_signal


def final(code: int) -> AirflowFailException:
    return AirflowFailException(f"axisync ended with {code}, {MEANINGS.get(code, 'which is not one of its own')}")


def result_of(line: str) -> dict:
    """The result: BashOperator gives the last line of standard output and error together."""
    try:
        return json.loads(line)
    except ValueError:
        raise AirflowFailException(f"the last line of axisync is not its result: {line[:200]!r}") from None


class AxisyncOperator(BashOperator):
    """Runs one pipeline file, or a folder of them, on the worker.

    :param pipeline: the file or folder, as an absolute path
    :param options: more of `axisync run`, such as ["--full"]
    :param axisync: the program
    """

    def __init__(self, *, pipeline: str, options: list[str] | None = None, axisync: str = "axisync", **kwargs):
        command = ["exec", axisync, "run", pipeline, *(options or [])]
        # Its label comes from the environment that BashOperator sets, as text that no
        # shell and no template takes for anything else.
        label = '"${AIRFLOW_CTX_LOGICAL_DATE:-${AIRFLOW_CTX_EXECUTION_DATE:-$AIRFLOW_CTX_DAG_RUN_ID}}"'
        super().__init__(
            bash_command=f"{shlex.join(command)} --json --date {label} --nothing-changed-exit-code {NOTHING_CHANGED}",
            skip_on_exit_code=NOTHING_CHANGED,
            output_processor=result_of,
            **kwargs,
        )
        self.pipeline = pipeline

    def execute(self, context):
        try:
            return super().execute(context)
        except Exception as failure:
            process = self.subprocess_hook.sub_process
            code = process.returncode if process else None
            if is_final(code):
                raise final(code) from failure
            raise


try:
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
except ImportError:
    pass  # without the Kubernetes provider there is no AxisyncPodOperator
else:

    class AxisyncPodOperator(KubernetesPodOperator):
        """Runs one pipeline file, or a folder of them, in a pod.

        :param pipeline: the file or folder, as a path in the pod
        :param options: more of `axisync run`, such as ["--full"]
        """

        def __init__(self, *, pipeline: str, options: list[str] | None = None, **kwargs):
            super().__init__(
                # No shell reads these; ts is not there in a run without a logical date.
                arguments=[
                    "run", pipeline, *(options or []), "--json", "--date", "{{ ts | default(run_id) }}",
                    "--nothing-changed-exit-code", str(NOTHING_CHANGED),
                ],
                do_xcom_push=True,
                skip_on_exit_code=NOTHING_CHANGED,  # this operator has no default
                **kwargs,
            )
            self.pipeline = pipeline

        def cleanup(self, pod, remote_pod, *args, **kwargs):
            """What the operator does at the end: there it raises what a pod's failure is."""
            try:
                super().cleanup(pod, remote_pod, *args, **kwargs)
            except Exception as failure:
                code = self._exit_code(remote_pod)
                if is_final(code):
                    raise final(code) from failure
                raise

        def _exit_code(self, pod) -> int | None:
            for status in (pod and pod.status and pod.status.container_statuses) or []:
                if status.name == self.base_container_name and status.state and status.state.terminated:
                    return status.state.terminated.exit_code
            return None  # evicted, not started, lost: worth another try
