/** `log_in` -> `onLog_in`: the same rule as the runtime's types, `on${Capitalize<Name>}`. */
export function handlerOf(message: string): string {
  return `on${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}
