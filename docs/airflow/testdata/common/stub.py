"""What of Airflow the examples use, behaving as its documentation and source say.

Names of parameters are those of 2.10 that 3 has too; any other is a TypeError, as there.
"""

import inspect
import os
import re
import subprocess
import tempfile


class AirflowException(Exception):
    pass


class AirflowFailException(AirflowException):
    pass


class AirflowSkipException(AirflowException):
    pass


def render(text, context):
    """Jinja with StrictUndefined, of the two forms that the examples use."""

    def value(match):
        name, default = match.group(1).strip(), match.group(2)
        if default and name not in context:
            name = default.strip()
        value = context
        for part in name.split("."):
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        return str(value)

    return re.sub(r"\{\{([^|}]+)(?:\|\s*default\(([^)]+)\)\s*)?\}\}", value, text)


def rendered(value, context):
    if isinstance(value, str):
        return render(value, context)
    if isinstance(value, list):
        return [rendered(v, context) for v in value]
    if isinstance(value, dict):
        return {k: rendered(v, context) for k, v in value.items()}
    return value


class DAG:
    current = None

    def __init__(
        self, dag_id, *, description=None, schedule=None, start_date=None, end_date=None, default_args=None,
        max_active_tasks=16, max_active_runs=16, dagrun_timeout=None, catchup=True, doc_md=None, params=None,
        tags=None, is_paused_upon_creation=None, on_failure_callback=None, on_success_callback=None,
    ):
        if start_date is None or start_date.tzinfo is None:
            raise AirflowException("a start date with a zone is needed")
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})
        self.default_args, self.tasks = default_args or {}, []

    def __enter__(self):
        DAG.current = self
        return self

    def __exit__(self, *_):
        DAG.current = None


class XComArg:
    """What a task gives, once it has run."""

    def __init__(self, function):
        self.function = function

    def resolve(self):
        return self.function()


def task(function):
    return lambda: XComArg(function)


def accepted(operator):
    """The names that an operator and those it derives from take."""
    names = set()
    for cls in operator.__mro__:
        if "__init__" in vars(cls) and cls is not object:
            names |= {p.name for p in inspect.signature(cls.__init__).parameters.values() if p.kind == p.KEYWORD_ONLY}
    return names


def refuse_unknown(operator, kwargs):
    if unknown := set(kwargs) - accepted(operator):
        raise TypeError(f"{operator.__name__} got unexpected keyword arguments {sorted(unknown)}")


class Mapped:
    def __init__(self, operator, partial):
        refuse_unknown(operator, partial)
        self.operator, self.partial, self.mapped = operator, partial, None

    def expand(self, **mapped):
        refuse_unknown(self.operator, mapped)
        if twice := set(mapped) & set(self.partial):
            raise TypeError(f"unmappable or already specified: {sorted(twice)}")
        for name, value in mapped.items():
            if not isinstance(value, (XComArg, list, dict)):
                raise ValueError(f"expand() got an unexpected type for {name}")
        self.mapped, self.dag = mapped, DAG.current
        DAG.current.tasks.append(self)
        return self

    def unmap(self):
        (name, values), = self.mapped.items()
        for value in values.resolve() if isinstance(values, XComArg) else values:
            yield self.operator(**self.dag.default_args | self.partial | {name: value})


class BaseOperator:
    template_fields = ()

    def __init__(
        self, *, task_id, owner="airflow", email=None, email_on_retry=True, email_on_failure=True, retries=0,
        retry_delay=None, retry_exponential_backoff=False, max_retry_delay=None, execution_timeout=None,
        depends_on_past=False, trigger_rule="all_success", pool=None, queue="default", do_xcom_push=True,
        max_active_tis_per_dag=None, max_active_tis_per_dagrun=None, map_index_template=None, doc_md=None,
        params=None, on_failure_callback=None, on_success_callback=None, on_retry_callback=None, **kwargs,
    ):
        if kwargs:
            raise TypeError(f"Invalid arguments were passed to {type(self).__name__}: {sorted(kwargs)}")
        self.__dict__.update({k: v for k, v in locals().items() if k not in ("self", "kwargs")})

    def __init_subclass__(cls):
        """default_args fill what a task does not say; a task belongs to the DAG around it."""
        own = cls.__init__

        def init(self, **kwargs):
            if type(self) is cls and DAG.current:
                usable = accepted(cls)
                kwargs = {k: v for k, v in DAG.current.default_args.items() if k in usable} | kwargs
                DAG.current.tasks.append(self)
            own(self, **kwargs)
            for field in self.template_fields:
                if type(self) is cls and not hasattr(self, field):
                    raise AirflowException(f"{field} is a template field but not an attribute")

        init.__signature__ = inspect.signature(own)
        cls.__init__ = init

    @classmethod
    def partial(cls, **kwargs):
        return Mapped(cls, kwargs)

    def render_template_fields(self, context):
        for field in self.template_fields:
            setattr(self, field, rendered(getattr(self, field), context))


class SubprocessHook:
    sub_process = None

    def run_command(self, command, env, cwd):
        with tempfile.TemporaryDirectory(prefix="airflowtmp") as tmp:
            self.sub_process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd or tmp, env=env, start_new_session=True
            )
            line = ""
            for raw in iter(self.sub_process.stdout.readline, b""):
                line = raw.decode("utf-8", errors="backslashreplace").rstrip()
                print("   ", line)
            return self.sub_process.wait(), line


class BashOperator(BaseOperator):
    template_fields = ("bash_command", "env", "cwd")

    def __init__(
        self, *, bash_command, env=None, append_env=False, output_encoding="utf-8", skip_on_exit_code=99, cwd=None,
        output_processor=lambda result: result, **kwargs,
    ):
        super().__init__(**kwargs)
        if bash_command.endswith((".sh", ".bash")):
            raise AirflowException("a command that ends so is read as a file")
        self.bash_command, self.env, self.append_env, self.cwd = bash_command, env, append_env, cwd
        self.skip_on_exit_code = [skip_on_exit_code]
        self.output_processor = output_processor
        self.subprocess_hook = SubprocessHook()

    def execute(self, context):
        env = dict(os.environ) if self.env is None or self.append_env else {}
        env |= (self.env or {}) | context["airflow_vars"]
        code, line = self.subprocess_hook.run_command(["bash", "-c", self.bash_command], env, self.cwd)
        if code in self.skip_on_exit_code:
            raise AirflowSkipException(f"Bash command returned exit code {code}. Skipping.")
        if code != 0:
            raise AirflowException(f"Bash command failed. The command returned a non-zero exit code {code}.")
        return self.output_processor(line)
