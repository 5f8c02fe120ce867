<?php
// Checks a request's signature as JoinChat's page computes it, and answers with what it read.
// The secret comes from the environment, so that it stands in no file.

$secret = getenv('JOINCHAT_API_SECRET');
$body = file_get_contents('php://input');
$expected = base64_encode(hash_hmac('sha256', $body, $secret, true));

header('Content-Type: application/json');
if (!hash_equals($expected, $_SERVER['HTTP_X_JOINCHAT_SIGNATURE'] ?? '')) {
    http_response_code(401);
    echo json_encode(['success' => false, 'errors' => ['message' => 'wrong signature']]);
    return;
}

$read = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
echo json_encode(
    ['success' => true, 'read' => $read],
    JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR
);
