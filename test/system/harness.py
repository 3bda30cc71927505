"""What the tests play with, under one name; each room says what it has."""

from addresses import free_port, to_address, to_text	# noqa: F401
from log_lines import Lines, conn_facts, conn_of	# noqa: F401
from plain_backend import Accepted, Backend, echo	# noqa: F401
from processes import (children, descriptor, end, family,	# noqa: F401
                       is_alive, keyguard_of, links, listens, name_of,
                       session_members, stat_of, status_of, workers_of)
from program import (Offloader, give_away, limit_files,	# noqa: F401
                     program, run, sanitized, sandbox_words)
from tls_client import Client, context, s_client	# noqa: F401
from waiting import PATIENCE, wait_until	# noqa: F401
