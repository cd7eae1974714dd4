// Written by `npm run codegen`.
export const possibleTypes: Record<string, string[]> = {
  "AppendMessagesResult": [
    "AppendMessagesPayload",
    "ConflictError",
    "NotFoundError",
    "QuotaExceededError",
    "UnsupportedError",
    "ValidationError"
  ],
  "ConnectUpstreamResult": [
    "ConnectUpstreamPayload",
    "UpstreamError",
    "ValidationError"
  ],
  "ConversationEvent": [
    "ConversationChange",
    "StreamGap"
  ],
  "ConversationListEvent": [
    "ConversationList",
    "ConversationListPatch"
  ],
  "CreateApiKeyResult": [
    "CreateApiKeyPayload",
    "ValidationError"
  ],
  "CreateConversationResult": [
    "ConflictError",
    "CreateConversationPayload",
    "NotFoundError",
    "QuotaExceededError",
    "UnsupportedError",
    "UpstreamError",
    "ValidationError"
  ],
  "CreateExportResult": [
    "CreateExportPayload",
    "ValidationError"
  ],
  "CreateWebhookResult": [
    "CreateWebhookPayload",
    "ValidationError"
  ],
  "DeleteAttachmentResult": [
    "DeleteAttachmentPayload",
    "NotFoundError",
    "UnsupportedError",
    "UpstreamError"
  ],
  "DeleteConversationResult": [
    "DeleteConversationPayload",
    "NotFoundError",
    "UnsupportedError",
    "UpstreamError"
  ],
  "DeleteWebhookResult": [
    "DeleteWebhookPayload",
    "NotFoundError"
  ],
  "DisconnectUpstreamResult": [
    "DisconnectUpstreamPayload",
    "NotFoundError"
  ],
  "Error": [
    "ConflictError",
    "NotFoundError",
    "QuotaExceededError",
    "UnsupportedError",
    "UpstreamError",
    "ValidationError"
  ],
  "ExportStatusEvent": [
    "ExportStatusChange",
    "StreamGap"
  ],
  "ImportConversationsResult": [
    "ImportConversationsPayload",
    "ValidationError"
  ],
  "ImportStatusEvent": [
    "ImportStatusChange",
    "StreamGap"
  ],
  "Node": [
    "ApiKey",
    "Attachment",
    "Conversation",
    "Export",
    "Import",
    "Message",
    "Summary",
    "Tenant",
    "Upstream",
    "Webhook",
    "WebhookDelivery"
  ],
  "RegenerateSummaryResult": [
    "NotFoundError",
    "RegenerateSummaryPayload",
    "UnsupportedError",
    "UpstreamError",
    "ValidationError"
  ],
  "RetryWebhookDeliveryResult": [
    "NotFoundError",
    "RetryWebhookDeliveryPayload"
  ],
  "RevokeApiKeyResult": [
    "NotFoundError",
    "RevokeApiKeyPayload"
  ],
  "SummaryStatusEvent": [
    "StreamGap",
    "SummaryStatusChange"
  ],
  "SyncUpstreamResult": [
    "NotFoundError",
    "SyncUpstreamPayload"
  ],
  "TestWebhookResult": [
    "NotFoundError",
    "TestWebhookPayload",
    "ValidationError"
  ],
  "UpdateApiKeyResult": [
    "NotFoundError",
    "UpdateApiKeyPayload",
    "ValidationError"
  ],
  "UpdateConversationResult": [
    "NotFoundError",
    "UnsupportedError",
    "UpdateConversationPayload",
    "UpstreamError",
    "ValidationError"
  ],
  "UpdateUpstreamResult": [
    "NotFoundError",
    "UpdateUpstreamPayload",
    "UpstreamError",
    "ValidationError"
  ],
  "UpdateWebhookResult": [
    "NotFoundError",
    "UpdateWebhookPayload",
    "ValidationError"
  ],
  "UploadAttachmentResult": [
    "NotFoundError",
    "QuotaExceededError",
    "UnsupportedError",
    "UploadAttachmentPayload",
    "UpstreamError",
    "ValidationError"
  ],
  "UpstreamStatusEvent": [
    "StreamGap",
    "UpstreamStatusChange"
  ]
};
