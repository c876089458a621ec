/** What a field for a new password asks for, as the server does. */
export const PASSWORD = {
  type: "password",
  autocomplete: "new-password",
  required: true,
  minlength: 12,
  maxlength: 200,
} as const;
