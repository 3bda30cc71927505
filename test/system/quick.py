"""The tests of sh test/run.sh --quick: some of each area, and fast ones.

A file stands for all its tests. A name that no longer exists is an error.
"""

from pathlib import Path

HERE = Path(__file__).parent
QUICK = {
    "start": """
        test_addresses test_daemon test_users
        test_options::test_each_bad_file_is_one_sentence_with_its_place
        test_options::test_all_faults_are_said_at_once
        test_options::test_each_kind_of_fault_has_its_exit_status
        test_options::test_the_command_line_wins_over_the_file
        test_readme::test_the_configuration_is_accepted
        test_readme::test_the_configuration_is_served
        test_frontends::test_each_frontend_shows_its_own_certificates
        """,
    "header": """
        test_header
        test_accept_proxy::test_the_addresses_are_passed_on_and_logged
        test_accept_proxy::test_a_bad_header_ends_the_connection_at_once
        test_accept_proxy::test_others_may_not_claim_anything
        """,
    "relay": """
        test_abort
        test_relay::test_one_byte_at_a_time_is_as_good
        test_relay::test_records_of_every_size_arrive
        test_relay::test_many_connections_at_once_do_not_mix
        test_ends::test_a_half_closed_client_still_gets_its_reply
        """,
    "certificates": """
        test_names::test_each_name_gets_its_certificate
        test_names::test_unknown_names_are_refused_if_wanted
        test_choice::test_the_default_has_companions
        test_warnings::test_faults_stand_below_the_table
        """,
    "reload": """
        test_reload::test_a_changed_certificate_is_served
        test_reload::test_a_reload_that_fails_keeps_the_certificates_there_were
        test_reload::test_an_established_connection_lives_on
        test_reload::test_a_new_frontend_appears_and_an_old_one_goes
        test_reload::test_the_number_of_workers_may_change
        test_reload::test_bad_configurations_are_refused_and_the_old_one_goes_on
        test_reload::test_no_client_fails_in_twenty_reloads
        test_reload_options
        test_drain::test_who_waits_for_an_answer_is_kept
        test_workers::test_a_killed_worker_is_replaced_and_others_are_not_touched
        test_workers::test_term_lets_a_request_in_flight_finish
        """,
    "keyguard": """
        test_keyguard::test_the_keyguard_listens_nowhere_and_cannot_be_looked_into
        test_keyguard::test_signers_are_who_workers_are
        test_keyguard::test_a_dead_keyguard_is_replaced_and_nobody_notices
        test_keyguard::test_a_dead_signer_is_replaced_and_open_connections_go_on
        test_keyguard::test_the_next_keyguard_has_the_keys_that_did_not_change
        test_keyguard::test_isolation_needs_a_restart
        """,
    "client auth": """
        test_client_auth::test_the_log_says_what_was_wrong_with_a_client
        test_client_auth::test_each_name_has_its_own_policy
        test_client_auth::test_a_session_of_one_name_does_not_open_another
        test_client_auth::test_a_session_does_not_outlive_a_stricter_policy
        test_client_auth::test_several_authorities_may_stand_in_one_file
        """,
    "sessions": """
        test_resumption::test_whichever_worker_comes_resumes_it
        test_resumption::test_a_session_outlives_a_reload
        test_resumption::test_with_a_key_file_sessions_outlive_the_program
        """,
    "upgrade": """
        test_upgrade::test_another_process_serves_and_the_old_one_leaves
        test_upgrade::test_a_connection_of_the_old_one_goes_on
        test_upgrade::test_sessions_are_resumed_by_the_next_one
        test_upgrade::test_a_configuration_that_is_bad_changes_nothing
        test_upgrade::test_a_program_that_does_not_start_changes_nothing
        test_upgrade::test_a_socket_is_taken_by_its_name
        """,
    "stats": """
        test_board::test_what_a_client_counted_is_there_to_the_unit
        test_board::test_each_reason_is_counted_as_it_is_logged
        test_board::test_reloads_are_counted_by_how_they_went
        test_reporter::test_metrics_and_json_say_the_same
        test_reporter::test_the_json_has_its_fields_and_no_others
        test_reporter::test_the_manual_names_every_field
        test_reporter::test_who_kills_it_gets_another_and_no_worker_notices
        test_control::test_status_tells_how_it_is
        test_control::test_a_reload_that_fails_says_why_and_where
        test_control::test_workers_are_told_one_by_one
        test_access_log::test_a_line_has_all_that_is_known
        test_log
        """,
    "bad input": """
        test_bad_input
        test_flood::test_an_honest_client_may_renew_its_keys
        """,
    "echo": """
        test_echo::test_version_1_tells_the_addresses
        test_echo::test_every_fact_of_version_2_has_its_line_in_order
        test_echo::test_a_browser_gets_html_and_others_text
        test_echo::test_a_malformed_header_is_told_once_and_closed
        test_echo::test_a_signal_ends_it_with_0_whoever_is_there
        """,
    "sandbox": """
        test_sandbox::test_a_worker_is_confined
        test_sandbox::test_a_reporter_is_confined
        test_sandbox::test_who_has_keys_is_confined
        test_sandbox::test_a_worker_connects_to_its_backend_only
        test_sandbox::test_status_says_what_there_is
        test_sandbox::test_no_hand_is_inside_the_program_that_ships
        """,
}
NAMES = {name for names in QUICK.values() for name in names.split()}


def mark(items):
    """Marks those that are listed; returns the names that are no test's.

    Of a file that is not looked at, nothing is known but that it is there.
    """
    found = set()
    for item in items:
        names = {item.path.stem, f"{item.path.stem}::{item.originalname}"}
        if names & NAMES:
            item.add_marker("quick")
        found |= names
    return sorted(name for name in NAMES - found
                  if name.split("::")[0] in found or
                  not (HERE / (name.split("::")[0] + ".py")).exists())
