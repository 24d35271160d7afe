"""KubernetesPodOperator, whose cluster is this machine: the image is a program here."""

import json
import os
import subprocess
import tempfile
from types import SimpleNamespace

from stub import AirflowException, AirflowSkipException, BaseOperator


class KubernetesPodOperator(BaseOperator):
    BASE_CONTAINER_NAME = "base"
    template_fields = ("image", "name", "cmds", "arguments", "env_vars", "labels", "namespace")

    def __init__(
        self, *, kubernetes_conn_id="kubernetes_default", namespace=None, image=None, name=None,
        random_name_suffix=True, cmds=None, arguments=None, ports=None, volume_mounts=None, volumes=None,
        env_vars=None, env_from=None, secrets=None, in_cluster=None, cluster_context=None, labels=None,
        reattach_on_restart=True, startup_timeout_seconds=120, get_logs=True, base_container_name=None,
        image_pull_policy=None, annotations=None, container_resources=None, affinity=None, config_file=None,
        node_selector=None, image_pull_secrets=None, service_account_name=None, hostnetwork=False,
        tolerations=None, security_context=None, container_security_context=None, dnspolicy=None,
        full_pod_spec=None, init_containers=None, log_events_on_failure=False, do_xcom_push=False,
        pod_template_file=None, priority_class_name=None, termination_grace_period=None, configmaps=None,
        skip_on_exit_code=None, deferrable=False, poll_interval=2, on_finish_action="delete_pod",
        active_deadline_seconds=None, **kwargs,
    ):
        super().__init__(**kwargs)
        self.__dict__.update({k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")})
        self.skip_on_exit_code = [] if skip_on_exit_code is None else [skip_on_exit_code]
        self.base_container_name = base_container_name or self.BASE_CONTAINER_NAME

    def execute(self, context):
        result, remote_pod = None, None
        try:
            with tempfile.TemporaryDirectory() as xcom:
                env = os.environ | (self.env_vars or {}) | {"AXISYNC_XCOM_DIR": xcom}
                code = subprocess.run([self.image, *self.arguments], env=env).returncode
                remote_pod = self.pod(128 - code if code < 0 else code)
                if self.do_xcom_push:
                    with open(os.path.join(xcom, "return.json")) as file:
                        result = json.load(file)
        finally:
            self.cleanup(pod=remote_pod, remote_pod=remote_pod, xcom_result=result, context=context)
        return result

    def pod(self, code):
        if os.environ.get("STUB_LOST_POD"):
            return SimpleNamespace(status=SimpleNamespace(phase="Failed", container_statuses=None))
        state = SimpleNamespace(terminated=SimpleNamespace(exit_code=code))
        sidecar = SimpleNamespace(name="airflow-xcom-sidecar", state=SimpleNamespace(terminated=SimpleNamespace(exit_code=0)))
        statuses = [sidecar, SimpleNamespace(name=self.base_container_name, state=state)]
        phase = "Succeeded" if code == 0 else "Failed"
        return SimpleNamespace(status=SimpleNamespace(phase=phase, container_statuses=statuses))

    def cleanup(self, pod, remote_pod, xcom_result=None, context=None):
        if not remote_pod:
            return
        if remote_pod.status.phase != "Succeeded" and xcom_result:
            context["pushed"] = xcom_result
        for status in remote_pod.status.container_statuses or []:
            if status.name == self.base_container_name and status.state.terminated.exit_code in self.skip_on_exit_code:
                raise AirflowSkipException("Pod returned an exit code to skip on.")
        if remote_pod.status.phase != "Succeeded":
            raise AirflowException("Pod returned a failure.")
