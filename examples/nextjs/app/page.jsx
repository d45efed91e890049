export default function Page() {
  return <button data-track="bought">Buy</button>;
}
