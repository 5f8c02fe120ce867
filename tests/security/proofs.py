"""Which tests prove each line of the README's threat model, by its first words in bold."""

from __future__ import annotations

#: By threat and file: tests, those in a class with its name before them.
PROOFS: dict[str, dict[str, list[str]]] = {
    "Forged link": {
        "test_views.py": [
            "test_a_post_needs_the_token_that_csrf_token_gives",
            "test_another_sites_form_is_refused_even_with_a_token",
        ],
        "test_guarded_get.py": [
            "test_get_is_off_and_the_refusal_says_what_to_do",
        ],
        "test_disconnecting.py": [
            "TestTheGuards::test_another_site_cannot_disconnect_anybody",
            "TestAForm::test_leads_to_a_page_of_this_site",
        ],
    },
    "Forged GET": {
        "test_guarded_get.py": [
            "test_a_get_that_lacks_one_header_is_refused",
            "test_a_get_with_one_wrong_header_is_refused",
        ],
        "browser/guarded_get/test_traps.py": [
            "test_nothing_elsewhere_links",
            "test_nothing_but_a_script_that_asks_for_data_links",
        ],
        "test_security_checks.py": [
            "test_w006_saving_by_get_without_https",
        ],
    },
    "Service worker": {
        "browser/guarded_get/test_limits.py": [
            "test_a_worker_that_fetches_by_address_opens_the_door",
            "test_it_opens_it_to_other_sites_too",
            "test_a_worker_that_passes_the_request_along_keeps_it_shut",
        ],
    },
    "Wrong uuid": {
        "test_views.py": [
            "test_the_form_does_not_name_the_user",
        ],
        "test_disconnecting.py": [
            "test_only_the_visitors_own_links_are_meant",
        ],
        "linking/test_linking.py": [
            "test_one_uuid_may_stand_for_two_accounts",
        ],
        "data_requests/test_exporting.py": [
            "test_who_claims_a_uuid_is_not_told_what_was_sent_to_it",
        ],
        "data_requests/test_erasing.py": [
            "test_who_claims_a_uuid_erases_nothing_that_was_sent_to_it",
        ],
    },
    "Shared browser": {
        "linking/test_session_engines.py": [
            "test_a_sign_out_drops_what_waits",
            "test_the_next_user_gets_nothing_without_a_sign_out_either",
        ],
        "linking/test_pending.py": [
            "test_a_uuid_that_waited_too_long_is_dropped",
        ],
        "linking/test_keeping.py": [
            "test_it_is_dropped_at_anybody_elses",
        ],
        "browser/test_sdk.py": [
            "test_a_click_after_signing_out_is_not_the_former_users",
        ],
    },
    "Stolen secret": {
        "api/test_errors.py": [
            "test_an_answer_that_repeats_what_is_secret_is_kept_without_it",
        ],
        "api/test_signing.py": [
            "test_no_traceback_shows_the_secret_even_with_the_locals_of_its_frames",
        ],
        "test_conf.py": [
            "test_no_repr_shows_the_secret",
        ],
        "admin/test_bots.py": [
            "TestWhatIsShown::test_nothing_of_the_secret",
        ],
        "management/joinchat_check/test_what_it_shows.py": [
            "test_of_a_secret_four_characters_are_seen_at_most",
        ],
        "delivery/test_pauses.py": [
            "TestAWrongSecret::test_pauses_the_bot_and_spends_no_attempt",
        ],
        "security/test_error_pages.py": [
            "test_they_mask_the_secret",
            "test_they_do_not_mask_a_proxys_password",
        ],
        "test_security_checks.py": [
            "test_w007_a_secret_that_looks_like_a_placeholder",
        ],
    },
    "Markup in names": {
        "rendering/test_body.py": [
            "test_no_value_breaks_the_structure",
            "test_a_receipt_is_a_template_too",
        ],
        "admin/test_access.py": [
            "test_a_name_never_becomes_markup",
        ],
        "preview/test_hostile_messages.py": [
            "test_markup_in_any_value_stays_text",
            "test_an_address_that_is_not_http_is_text_and_no_link",
        ],
        "preview/test_any_message.py": [
            "test_any_message_is_shown_without_markup_of_its_own",
        ],
        "sandbox/test_inbox.py": [
            "test_markup_in_what_arrives_stays_text",
        ],
    },
    "Staff and templates": {
        "rendering/test_context.py": [
            "test_a_model_instance_is_refused_with_the_way_out",
            "test_a_value_keeps_nothing_of_a_class_of_its_own",
            "test_a_decimal_too_long_to_be_written_out_is_refused",
            "test_a_recipient_is_there_with_the_named_fields_alone",
        ],
        "rendering/test_body.py": [
            "test_tags_that_reach_beyond_the_text_do_not_exist",
            "test_a_filter_takes_no_width_of_three_digits",
            "test_four_loops_within_each_other_are_too_many",
            "test_what_a_template_calls_changes_its_own_copy_alone",
        ],
        "rendering/test_any_body.py": [
            "test_any_body_is_rendered_or_refused_in_words",
        ],
        "test_security_checks.py": [
            "test_w010_what_no_template_should_have_of_a_user",
        ],
    },
    "Staff pages": {
        "admin/test_access.py": [
            "test_staff_without_a_permission_get_nowhere",
            "test_what_writes_wants_a_csrf_token",
            "test_looking_writes_nothing",
        ],
        "admin/test_outbox.py": [
            "test_who_may_not_read_content_sees_what_became_of_a_message_and_no_text",
        ],
    },
    "Hostile answer": {
        "api/test_any_answer.py": [
            "test_any_bytes_are_the_result_or_error_that_they_stand_for_and_harm_no_later_call",
        ],
        "api/test_answers.py": [
            "test_any_answer_is_a_result_or_an_error_of_the_family",
            "test_what_is_kept_of_an_answer_is_bounded",
        ],
        "api/test_deadlines.py": [
            "test_no_answer_at_all_is_held_to_the_deadline",
        ],
        "api/test_client.py": [
            "test_a_signed_body_is_not_sent_to_another_address",
        ],
        "admin/test_outbox.py": [
            "TestAttempts::test_are_shown_with_what_joinchat_answered",
        ],
    },
    "JoinChat's script": {
        "templatetags/test_joinchat.py": [
            "test_writes_two_scripts_and_nothing_in_line",
        ],
        "browser/test_policies.py": [
            "test_the_readmes_table_is_enough",
            "test_neither_script_writes_markup",
        ],
        "linking/test_linking.py": [
            "test_a_uuid_is_1_to_255_of_the_contracts_characters",
        ],
    },
    "Log leakage": {
        "security/test_logs.py": [
            "test_our_loggers_know_neither_content_nor_recipient_nor_secret",
        ],
        "data_requests/test_erasing.py": [
            "test_the_log_names_nobody",
        ],
        "api/test_errors.py": [
            "test_nonsense_that_repeats_what_is_secret_is_not_shown_or_logged",
        ],
    },
    "`API_URL`": {
        "api/test_transport.py": [
            "test_a_certificate_that_nobody_vouches_for_means_that_nothing_was_sent",
        ],
        "api/test_errors.py": [
            "test_what_is_secret_in_the_url_is_not_in_an_error_or_a_repr",
        ],
        "test_checks.py": [
            "test_w001_messages_that_would_go_out_in_the_clear",
            "test_w001_a_script_without_tls",
        ],
        "test_deployment_checks.py": [
            "test_w004_an_address_that_looks_like_a_sandboxs",
        ],
        "test_security_checks.py": [
            "test_w008_a_proxys_password_in_the_clear",
            "test_w009_certificates_that_anybody_may_replace",
        ],
    },
    "Stolen database": {
        "delivery/test_pauses.py": [
            "TestAWrongSecret::test_pauses_the_bot_and_spends_no_attempt",
        ],
        "delivery/test_failing_servers.py": [
            "TestContent::test_is_forgotten_then_where_the_site_wants_that",
        ],
        "test_retention.py": [
            "test_what_was_settled_long_ago_goes_and_what_was_settled_lately_stays",
        ],
        "data_requests/test_erasing.py": [
            "test_what_has_come_to_an_end_goes_with_its_attempts",
        ],
    },
    "Flood": {
        "test_views.py": [
            "test_a_bad_uuid_or_bot_is_a_400_with_a_reason",
        ],
        "linking/test_pending.py": [
            "test_of_a_visitors_uuids_the_last_counts",
        ],
        "linking/test_linking.py": [
            "test_a_uuid_may_be_255_characters_long_and_no_longer",
        ],
    },
    "Sandbox": {
        "sandbox/test_server.py": [
            "test_any_other_host_name_is_refused_against_dns_rebinding",
        ],
        "sandbox/test_control_access.py": [
            "TestAnotherSite::test_changes_nothing",
        ],
    },
}
