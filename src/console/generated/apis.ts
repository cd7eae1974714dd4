// Written by `npm run codegen`.
export const apis = [
  {
    "name": "AI_MY_CHATS",
    "label": "AI My Chats",
    "about": "Conversations are made, changed and deleted there too.",
    "hasTenants": false,
    "postsWebhooks": true
  },
  {
    "name": "ANIMAM",
    "label": "Animam",
    "about": "Conversations are read there, and summarised here.",
    "hasTenants": true,
    "postsWebhooks": false
  }
] as const;
